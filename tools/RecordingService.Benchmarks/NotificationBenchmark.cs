using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using RecordingService.LocalStack.Processes;

namespace RecordingService.Benchmarks;

/// <summary>Notifications that all belong to running recorders, each one new, from as many connections as asked for, as fast as they are answered.</summary>
internal static class NotificationBenchmark
{
    private const int Recordings = 100;
    private const int FirstUid = 900_000_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly byte[] Secret = Encoding.UTF8.GetBytes(DemoAccount.NotificationSecret);

    /// <summary>What a class with several users mostly sends: streams that come and go, slices, progress, status.</summary>
    private static readonly (int EventType, string Details)[] Events =
    [
        (43, """{"msgName":"recorder_audio_stream_state_changed","streamUid":"7","state":0,"UtcMs":1795255206001}"""),
        (44, """{"msgName":"recorder_video_stream_state_changed","streamUid":"7","state":1,"UtcMs":1795255206001}"""),
        (
            42,
            """{"msgName":"recorder_slice_start","startUtcMs":1795255206001,"discontinueUtcMs":1795255206001,"mixedAllUser":true,"streamUid":"0","trackType":"audio_and_video"}"""
        ),
        (33, """{"msgName":"uploading_progress","progress":5000}"""),
        (3, """{"msgName":"cloud_recording_status_update","status":5,"recordingMode":1,"fileList":""}"""),
    ];

    public static async Task RunAsync(int connections, TimeSpan duration, TextWriter console, CancellationToken cancellationToken)
    {
        console.WriteLine("Starting PostgreSQL and the service.");
        await using var service = await MeasuredService.StartAsync(works: false, cancellationToken);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections }) { BaseAddress = service.Address };
        await SeedAsync(service, http, cancellationToken);

        console.WriteLine($"Measuring {duration.TotalSeconds:0} s with {connections} connections.");
        var begun = Stopwatch.GetTimestamp();
        var measureFrom = begun + Ticks(WarmUp);
        var measureTo = measureFrom + Ticks(duration);
        var number = 0;
        var results = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(WorkAsync)));

        var took = results.SelectMany(result => result.Took).Order().ToList();
        var failed = results.Sum(result => result.Failed);
        var sent = results.Sum(result => result.Sent);
        await using var count = service.Database.CreateCommand(
            "select (select count(*) from recording.notifications), (select count(*) from recording.inputs)"
        );
        await using var reader = await count.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (stored, inputs) = (reader.GetInt64(0), reader.GetInt64(1));

        console.WriteLine();
        foreach (var fact in await service.FactsAsync(cancellationToken))
        {
            console.WriteLine(fact);
        }

        console.WriteLine();
        console.WriteLine("| connections | stored/s | p50 ms | p99 ms | max ms | not stored |");
        console.WriteLine("|---|---|---|---|---|---|");
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {connections} | {took.Count / duration.TotalSeconds:0} | {At(0.5):0.0} | {At(0.99):0.0} | {At(1):0.0} | {failed} |"
            )
        );
        if (failed > 0 || stored != sent || inputs != sent)
        {
            throw new BenchmarkException(
                $"Of {sent} notifications that were answered with 200, {stored} are stored and {inputs} wait for their recording; {failed} were refused."
            );
        }

        async Task<(List<double> Took, int Sent, int Failed)> WorkAsync()
        {
            List<double> took = [];
            var (sent, failed) = (0, 0);
            while (true)
            {
                var started = Stopwatch.GetTimestamp();
                if (started >= measureTo)
                {
                    return (took, sent, failed);
                }

                var isStored = await PostAsync(http, Interlocked.Increment(ref number), cancellationToken);
                var ended = Stopwatch.GetTimestamp();
                sent += isStored ? 1 : 0;
                failed += isStored ? 0 : 1;
                if (isStored && started >= measureFrom && ended <= measureTo)
                {
                    took.Add(Stopwatch.GetElapsedTime(started, ended).TotalMilliseconds);
                }
            }
        }

        double At(double share) => took.Count == 0 ? double.NaN : took[Math.Min(took.Count - 1, (int)(share * took.Count))];
    }

    /// <summary>Recordings whose recorders run: the service does not work here, so they stay as they are.</summary>
    private static async Task SeedAsync(MeasuredService service, HttpClient http, CancellationToken cancellationToken)
    {
        for (var n = 0; n < Recordings; n++)
        {
            using var answer = await http.PostAsJsonAsync(
                "/v1/recordings",
                new { channel = $"class-{n}", roomType = "lecture" },
                cancellationToken
            );
            if (answer.StatusCode != HttpStatusCode.Accepted)
            {
                throw new BenchmarkException($"A recording was not accepted: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
            }
        }

        await using var started = service.Database.CreateCommand(
            $"update recording.runs set sid = 'sid-of-' || channel, recorder_uid = {FirstUid} + substr(channel, 7)::int"
        );
        await started.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<bool> PostAsync(HttpClient http, int number, CancellationToken cancellationToken)
    {
        var (eventType, details) = Events[number % Events.Length];
        var recording = number % Recordings;
        var body = Encoding.UTF8.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture,
                $$$"""{"noticeId":"2000001428:4330:{{{number}}}","productId":3,"eventType":{{{eventType}}},"notifyMs":1795255206001,"payload":{"cname":"class-{{{recording}}}","uid":"{{{FirstUid + recording}}}","sid":"sid-of-class-{{{recording}}}","sequence":{{{number / Recordings}}},"sendts":1795255205871,"serviceType":1,"details":{{{details}}}}}"""
            )
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, "/agora/notifications") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("Agora-Signature-V2", Convert.ToHexStringLower(HMACSHA256.HashData(Secret, body)));
        using var answer = await http.SendAsync(request, cancellationToken);
        return answer.StatusCode == HttpStatusCode.OK;
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
