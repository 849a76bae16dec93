using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace RecordingService.Benchmarks;

/// <summary>
/// Streams of events and a webhook: so many connections to one replica, and changes that are committed half by this replica and half, as it looks to it, by
/// another one. Every connection must get every change once, in order; the webhook every change, those of each recording in order.
/// </summary>
internal static class EventBenchmark
{
    private const long MostMemory = 300L * 1000 * 1000;
    private static readonly TimeSpan LongestP99 = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // As the writer of another replica does it: the event and the number of its recording in one commit.
    private const string ElsewhereSql = """
        with told as (update recording.recordings set event_seq = event_seq + 1 where id = @id returning id, project_id, event_seq)
        insert into recording.events (event_id, recording_id, project_id, sequence, type, at, data)
        select @event, id, project_id, event_seq, 'recording.reason_changed', now(), '{"state":"recording","files":"pending","reason":null}' from told
        """;

    public static async Task RunAsync(
        int connections,
        int perSecond,
        TimeSpan duration,
        TextWriter console,
        CancellationToken cancellationToken
    )
    {
        console.WriteLine("Starting PostgreSQL and the service.");
        await using var service = await MeasuredService.StartAsync(works: true, cancellationToken);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections + 100 })
        {
            BaseAddress = service.Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var before = Memory(service.Pid);
        // Nobody answers in the place of Agora here: recordings are accepted, and that is all.
        using var paused = await http.PostAsJsonAsync(
            "/v1/projects/demo/pause",
            new { @operator = "benchmark", note = "only events are measured" },
            cancellationToken
        );
        paused.EnsureSuccessStatusCode();
        await using var receiver = await WebhookReceiver.StartAsync(cancellationToken);
        using var hook = await http.PostAsJsonAsync("/v1/webhooks", new { url = receiver.Url }, cancellationToken);
        hook.EnsureSuccessStatusCode();
        var quiet = await PostAsync(http, "quiet", cancellationToken);

        await PositionsAsync(service, cancellationToken);
        console.WriteLine($"Opening {connections} connections.");
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var streams = new Stream[connections];
        await Parallel.ForAsync(
            0,
            connections,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (number, cancelled) => streams[number] = await OpenAsync(http, cancelled)
        );
        var received = Enumerable.Range(0, connections).Select(_ => new List<(long Position, long At)>(1024)).ToArray();
        var readers = streams.Select((stream, number) => Task.Run(() => ReadAsync(stream, received[number], over.Token))).ToList();

        console.WriteLine($"Warming up {WarmUp.TotalSeconds:0} s, measuring {duration.TotalSeconds:0} s at {perSecond} changes a second.");
        await WriteAsync(service, http, quiet, "warm", perSecond, WarmUp, cancellationToken);
        var (changes, most) = await WatchAsync(
            service.Pid,
            WriteAsync(service, http, quiet, "class", perSecond, duration, cancellationToken)
        );
        var positions = await PositionsAsync(service, cancellationToken);
        var end = positions.Values.Max();
        var waited = Stopwatch.GetTimestamp();
        while (
            (received.Any(list => Last(list) < end) || receiver.Count < positions.Count)
            && Stopwatch.GetElapsedTime(waited) < Patience
            && !cancellationToken.IsCancellationRequested
        )
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }

        var after = Memory(service.Pid);
        await over.CancelAsync();
        await Task.WhenAll(readers);

        var measured = changes.ToDictionary(change => positions[change.Event], change => change);
        var failures = received.Select((list, number) => Check(number, list, positions.Values)).OfType<string>().ToList();
        var all = received
            .SelectMany(list => list)
            .Where(one => measured.ContainsKey(one.Position))
            .Select(one => (measured[one.Position].IsElsewhere, Took: Stopwatch.GetElapsedTime(measured[one.Position].At, one.At)))
            .ToList();
        var delivered = receiver
            .Received.Where(one => measured.ContainsKey(one.Position))
            .DistinctBy(one => one.Position)
            .Select(one => (measured[one.Position].IsElsewhere, Took: Stopwatch.GetElapsedTime(measured[one.Position].At, one.At)))
            .ToList();
        await ReportAsync(service, console, connections, changes, all, delivered, before, most, after, cancellationToken);
        if (receiver.Check(positions.Values) is { } wrong)
        {
            failures.Add(wrong);
        }

        if (failures.Count > 0)
        {
            throw new BenchmarkException($"{failures.Count} receivers did not get each change once and in order, such as: {failures[0]}");
        }

        if (Math.Max(most, after) >= MostMemory)
        {
            throw new BenchmarkException("The service took more than 300 MB.");
        }

        if (
            At([.. all.Select(one => one.Took).Order()], 0.99) >= LongestP99
            || At([.. delivered.Select(one => one.Took).Order()], 0.99) >= LongestP99
        )
        {
            throw new BenchmarkException("One change in a hundred took a second or more.");
        }
    }

    private sealed record Change(Guid Event, bool IsElsewhere, long At);

    /// <summary>Changes in even distances, each second one as of another replica. Counted from before each is sent, so that the commit itself is in it.</summary>
    private static async Task<List<Change>> WriteAsync(
        MeasuredService service,
        HttpClient http,
        Guid quiet,
        string channel,
        int perSecond,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        var begun = Stopwatch.GetTimestamp();
        List<Change> changes = [];
        List<(Guid Recording, long At)> here = [];
        for (var n = 0; n < perSecond * duration.TotalSeconds; n++)
        {
            var wait = TimeSpan.FromSeconds((double)n / perSecond) - Stopwatch.GetElapsedTime(begun);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System, cancellationToken);
            }

            var at = Stopwatch.GetTimestamp();
            if (n % 2 == 0)
            {
                here.Add((await PostAsync(http, $"{channel}-{n}", cancellationToken), at));
            }
            else
            {
                var id = Guid.NewGuid();
                await using var command = service.Database.CreateCommand(ElsewhereSql);
                command.Parameters.AddWithValue("id", quiet);
                command.Parameters.AddWithValue("event", id);
                await command.ExecuteNonQueryAsync(cancellationToken);
                changes.Add(new(id, true, at));
            }
        }

        var events = await EventsAsync(service, cancellationToken);
        changes.AddRange(here.Select(one => new Change(events[one.Recording], false, one.At)));
        return changes;
    }

    private static async Task<Guid> PostAsync(HttpClient http, string channel, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsJsonAsync("/v1/recordings", new { channel, roomType = "lecture" }, cancellationToken);
        return answer.StatusCode == HttpStatusCode.Accepted
            ? (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("id").GetGuid()
            : throw new BenchmarkException($"A recording was not accepted: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
    }

    private static async Task<Stream> OpenAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events/stream");
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return answer.IsSuccessStatusCode
            ? await answer.Content.ReadAsStreamAsync(cancellationToken)
            : throw new BenchmarkException($"A stream was not opened: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
    }

    /// <summary>Keeps the position and the moment of each event. The rest of it is not looked at: this process shares the cores.</summary>
    private static async Task ReadAsync(Stream stream, List<(long Position, long At)> received, CancellationToken over)
    {
        var buffer = new byte[16 * 1024];
        var kept = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(kept), over) is > 0 and var count)
            {
                var at = Stopwatch.GetTimestamp();
                var rest = buffer.AsSpan(0, kept + count);
                int end;
                while ((end = rest.IndexOf("\n\n"u8)) >= 0)
                {
                    var frame = rest[..end];
                    if (frame.StartsWith("id: "u8))
                    {
                        lock (received)
                        {
                            received.Add((Position(frame[4..frame.IndexOf((byte)'\n')]), at));
                        }
                    }

                    rest = rest[(end + 2)..];
                }

                kept = rest.Length;
                rest.CopyTo(buffer);
            }
        }
        catch (OperationCanceledException)
        {
            // All are in.
        }
    }

    /// <summary>Cursors mean nothing to callers; only whoever measures looks into one.</summary>
    internal static long Position(ReadOnlySpan<byte> cursor) =>
        System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(
            System.Buffers.Text.Base64Url.DecodeFromChars(Encoding.ASCII.GetString(cursor)).AsSpan(1)
        );

    private static long Last(List<(long Position, long At)> received)
    {
        lock (received)
        {
            return received.Count > 0 ? received[^1].Position : 0;
        }
    }

    /// <returns>What a connection got wrong, or null.</returns>
    private static string? Check(int number, List<(long Position, long At)> received, IEnumerable<long> positions)
    {
        // The connections were opened after the first recording's event.
        var expected = positions.Order().Skip(1).ToList();
        var got = received.ConvertAll(one => one.Position);
        return got.SequenceEqual(expected)
            ? null
            : $"connection {number} got {got.Count} of {expected.Count}, {got.Count - got.Distinct().Count()} of them twice, {(got.SequenceEqual(got.Order()) ? "in" : "out of")} order";
    }

    /// <summary>The largest resident size while something goes on.</summary>
    private static async Task<(List<Change> Changes, long Most)> WatchAsync(int pid, Task<List<Change>> writing)
    {
        var most = 0L;
        while (!writing.IsCompleted)
        {
            most = Math.Max(most, Memory(pid));
            await Task.WhenAny(writing, Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System));
        }

        return (await writing, most);
    }

    private static long Memory(int pid) =>
        1024
        * long.Parse(
            File.ReadLines($"/proc/{pid}/status")
                .First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        );

    private static async Task<Dictionary<Guid, Guid>> EventsAsync(MeasuredService service, CancellationToken cancellationToken)
    {
        await using var command = service.Database.CreateCommand("select recording_id, event_id from recording.events where sequence = 1");
        return await ReadAsync(command, reader => reader.GetGuid(1), cancellationToken);
    }

    private static async Task<Dictionary<Guid, long>> PositionsAsync(MeasuredService service, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var left = service.Database.CreateCommand("select count(*) from recording.events where position is null");
            if (await left.ExecuteScalarAsync(cancellationToken) is 0L)
            {
                break;
            }
        }

        await using var command = service.Database.CreateCommand("select event_id, position from recording.events");
        return await ReadAsync(command, reader => reader.GetInt64(1), cancellationToken);
    }

    private static async Task<Dictionary<Guid, T>> ReadAsync<T>(
        NpgsqlCommand command,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken
    )
    {
        Dictionary<Guid, T> rows = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows[reader.GetGuid(0)] = read(reader);
        }

        return rows;
    }

    private static async Task ReportAsync(
        MeasuredService service,
        TextWriter console,
        int connections,
        List<Change> changes,
        List<(bool IsElsewhere, TimeSpan Took)> all,
        List<(bool IsElsewhere, TimeSpan Took)> delivered,
        long before,
        long most,
        long after,
        CancellationToken cancellationToken
    )
    {
        console.WriteLine();
        foreach (var fact in await service.FactsAsync(cancellationToken))
        {
            console.WriteLine(fact);
        }

        console.WriteLine();
        console.WriteLine("| told by | committed by | changes | received | p50 ms | p99 ms | max ms |");
        console.WriteLine("|---|---|---|---|---|---|---|");
        Told($"{connections} streams", false, all);
        Told($"{connections} streams", true, all);
        Told("a webhook", false, delivered);
        Told("a webhook", true, delivered);

        console.WriteLine();
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Resident memory of the service: {before / 1e6:0} MB before the connections, at most {most / 1e6:0} MB, {after / 1e6:0} MB at the end."
            )
        );

        void Told(string by, bool isElsewhere, List<(bool IsElsewhere, TimeSpan Took)> received)
        {
            var took = received.Where(one => one.IsElsewhere == isElsewhere).Select(one => one.Took).Order().ToList();
            console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {by} | {(isElsewhere ? "another replica" : "this replica")} | {changes.Count(change => change.IsElsewhere == isElsewhere)} | {took.Count} | {At(took, 0.5).TotalMilliseconds:0} | {At(took, 0.99).TotalMilliseconds:0} | {At(took, 1).TotalMilliseconds:0} |"
                )
            );
        }
    }

    private static TimeSpan At(List<TimeSpan> took, double share) =>
        took.Count == 0 ? TimeSpan.MaxValue : took[Math.Min(took.Count - 1, (int)(share * took.Count))];
}
