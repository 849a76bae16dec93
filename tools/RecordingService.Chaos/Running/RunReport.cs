using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using RecordingService.Chaos.Clients;
using RecordingService.Chaos.Faults;
using RecordingService.Chaos.Timetables;
using RecordingService.Chaos.Verdicts;
using RecordingService.Simulation;

namespace RecordingService.Chaos.Running;

/// <summary>Everything that a run leaves.</summary>
internal sealed record RunRecord(
    Timetable Timetable,
    FaultPlan Plan,
    IReadOnlyList<ClientVerdict> Verdicts,
    IReadOnlyList<Violation> Violations,
    IReadOnlyList<ClassFacts> Facts,
    CallerJournal Callers,
    IReadOnlyCollection<(DateTimeOffset At, string What)> Faults,
    SimulatorJournal Agora,
    DateTimeOffset Begin
);

/// <summary>Prints what a run showed and writes its journals.</summary>
internal sealed class RunReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private static readonly JsonSerializerOptions Indented = new(Json) { WriteIndented = true };

    private readonly ChaosOptions options;
    private readonly TextWriter console;

    public RunReport(ChaosOptions options, TextWriter console)
    {
        (this.options, this.console) = (options, console);
        if (Directory.Exists(options.Output))
        {
            Directory.Delete(options.Output, recursive: true);
        }

        Directory.CreateDirectory(options.Output);
    }

    /// <summary>Prints the table and the violations, and writes the journals.</summary>
    /// <param name="run">What the run left.</param>
    /// <param name="readAsync">Reads a document of the service.</param>
    /// <param name="ids">Ids of the service's recordings, by class.</param>
    public async Task WriteAsync(RunRecord run, Func<string, Task<JsonElement?>> readAsync, IReadOnlyList<string?> ids)
    {
        List<string> lines = [.. Table(run.Verdicts), "", .. Violations(run.Violations)];
        console.WriteLine();
        foreach (var line in lines)
        {
            console.WriteLine(line);
        }

        await File.WriteAllLinesAsync(
            PathOf("report.txt"),
            [$"seed {options.Seed}, {options.Classes} classes, profile {options.Profile}, {options.Replicas} replicas", "", .. lines]
        );
        await WriteLinesAsync("timetable.jsonl", run.Timetable.Classes);
        await WriteLinesAsync("faults-of-calls.jsonl", run.Plan.Calls);
        await File.WriteAllLinesAsync(PathOf("faults.txt"), run.Faults.Select(fault => $"{Clock(fault.At, run.Begin)}  {fault.What}"));
        await WriteLinesAsync("callers.jsonl", run.Callers.Entries);
        await WriteLinesAsync("calls.jsonl", run.Agora.Calls());
        await WriteLinesAsync("notices.jsonl", run.Agora.Notices());
        await WriteLinesAsync("recorders.jsonl", run.Agora.Recorders().Select(life => life with { Layout = [] }));
        await WriteLinesAsync("verdicts.jsonl", run.Verdicts.SelectMany(client => client.Classes));
        foreach (var channel in run.Violations.SelectMany(violation => violation.Channels).Distinct())
        {
            var index = run.Verdicts[0].Classes.ToList().FindIndex(one => one.Channel == channel);
            await File.WriteAllLinesAsync(PathOf($"{channel}.txt"), await TellAsync(run, channel, index, readAsync, ids));
        }

        console.WriteLine($"Journals: {options.Output}");
    }

    private static IEnumerable<string> Table(IReadOnlyList<ClientVerdict> verdicts)
    {
        yield return "| client | coverage | gaps | p50 s | p99 s | doubled | calls per class | lost | stuck | wrong final state | not verified |";
        yield return "|---|---|---|---|---|---|---|---|---|---|---|";
        foreach (var one in verdicts)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"| {one.Client} | {one.Coverage:0.0000} | {one.Gaps} | {one.Gap(0.5):0} | {one.Gap(0.99):0} | {100 * one.Doubled:0.00} % | {one.Calls:0.0} | {one.Lost} | {one.Stuck} | {one.Untrue} | {100 * one.Unjudged:0.0} % |"
            );
        }
    }

    private static IEnumerable<string> Violations(IReadOnlyList<Violation> violations)
    {
        yield return violations.Count == 0 ? "All that must hold of the service holds." : $"{violations.Count} violations:";
        foreach (var violation in violations)
        {
            yield return $"- {violation.What}{(violation.Channels.Count > 0 ? $" [{string.Join(", ", violation.Channels)}]" : "")}";
        }
    }

    /// <summary>All that is known of a class of the service, on one time axis.</summary>
    private static async Task<IEnumerable<string>> TellAsync(
        RunRecord run,
        string channel,
        int index,
        Func<string, Task<JsonElement?>> readAsync,
        IReadOnlyList<string?> ids
    )
    {
        var begin = run.Begin;
        var facts = run.Facts.First(one => one.Channel == channel);
        var verdict = run.Verdicts[0].Classes[index];
        List<(DateTimeOffset At, string What)> lines =
        [
            (facts.AskedAt, "== asked for"),
            (facts.StopAskedAt, "== stop asked for"),
            .. facts.Published.SelectMany(one => new[] { (one.From, "== somebody publishes"), (one.To, "== nobody publishes") }),
            .. verdict.Gaps.SelectMany(gap =>
                new[] { (gap.From, $"!! gap of {gap.Length.TotalSeconds:0.0} s begins"), (gap.To, "!! gap ends") }
            ),
            .. facts.Recorders.SelectMany(life => OfRecorder(life)),
            .. run
                .Faults.Where(fault =>
                    fault.What.StartsWith(channel, StringComparison.Ordinal)
                    || !fault.What.Contains(':', StringComparison.Ordinal)
                    || fault.What.StartsWith("hosts", StringComparison.Ordinal)
                )
                .Select(fault => (fault.At, $"## {fault.What}")),
            .. run
                .Agora.Calls()
                .Where(call => call.Channel == channel)
                .Select(call =>
                    (
                        call.At,
                        $"   vendor: {call.Operation} uid {call.Uid} sid {call.Sid} host {call.Host}: {call.Status}/{call.Code} took {call.Took.TotalMilliseconds:0} ms{(call.AnswerLost ? ", answer lost" : "")}{(call.Fault is { } fault ? $", fault {fault}" : "")}"
                    )
                ),
            .. run
                .Callers.Entries.Where(entry => entry.Channel == channel)
                .Select(entry => (entry.At, $"   caller: {entry.Request}: {entry.Status} {entry.Answer}")),
        ];
        List<string> documents = [];
        if (ids[index] is { } id)
        {
            if (
                await readAsync($"/v1/recordings/{id}/timeline?limit=500") is { } timeline
                && timeline.TryGetProperty("items", out var items)
            )
            {
                lines.AddRange(
                    items
                        .EnumerateArray()
                        .Select(item =>
                            (
                                item.GetProperty("at").GetDateTimeOffset(),
                                $"   service: {item.GetProperty("kind")} {(item.TryGetProperty("generation", out var generation) ? generation : "")} {item.GetProperty("message")} x{item.GetProperty("count")}"
                            )
                        )
                );
            }

            foreach (var path in new[] { "", "/diagnosis" })
            {
                if (await readAsync($"/v1/recordings/{id}{path}") is { } document)
                {
                    documents.Add(JsonSerializer.Serialize(document, Indented));
                }
            }
        }

        return
        [
            string.Create(
                CultureInfo.InvariantCulture,
                $"{channel}: coverage {verdict.Coverage:0.0000} of {verdict.ClassSeconds:0} s, doubled {verdict.DoubledSeconds:0.0} s, told {facts.Words}; {verdict.Untruth}"
            ),
            .. facts.Files.Select(files => $"bucket: {files}"),
            "",
            .. lines.OrderBy(line => line.At).Select(line => $"{Clock(line.At, begin)}  {line.What}"),
            "",
            .. documents,
        ];
    }

    private static IEnumerable<(DateTimeOffset At, string What)> OfRecorder(RecorderLife life)
    {
        yield return (
            life.StartedAt,
            $">> recorder {life.Sid} uid {life.Uid} starts{(life.SidDelivered ? "" : ", nobody was ever told its sid")}"
        );
        foreach (var one in life.Receiving)
        {
            yield return (one.From, $">> recorder {life.Sid} receives for {one.Length.TotalSeconds:0.0} s");
        }

        if (life.LeftAt is { } left)
        {
            yield return (left, $">> recorder {life.Sid} leaves: {life.Why}");
        }
    }

    private static string Clock(DateTimeOffset at, DateTimeOffset begin) =>
        string.Create(CultureInfo.InvariantCulture, $"{(at - begin).TotalSeconds, 8:0.0}");

    private Task WriteLinesAsync<T>(string name, IEnumerable<T> items) =>
        File.WriteAllLinesAsync(PathOf(name), items.Select(item => JsonSerializer.Serialize(item, Json)));

    private string PathOf(string name) => Path.Combine(options.Output, name);
}
