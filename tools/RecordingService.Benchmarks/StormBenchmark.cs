using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Xml;
using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.Benchmarks;

/// <summary>
/// So many classes asked for within two seconds on one App ID with 10 requests a second: a bell rings. Two replicas, a simulated Agora that
/// needs four seconds until a recorder has joined, and no fault. Judged by the simulator's journal and by what callers are told.
/// </summary>
internal static class StormBenchmark
{
    private const int RequestsPerSecond = 10;
    private const int Callers = 16;
    private const int CallsOfAStart = 3;
    private const double MostOverBound = 1.1;
    private const double MostCalls = 3.2;
    private const double MostEstimateError = 0.2;
    private static readonly TimeSpan Asking = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MostOvertaken = TimeSpan.FromSeconds(5);

    /// <summary>The service tells the time of its decision by its own clock, some milliseconds off the simulator's.</summary>
    private static readonly TimeSpan ClockError = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits below this say little about an estimate: the answer of a single call is a good part of them.</summary>
    private static readonly TimeSpan LeastEstimated = TimeSpan.FromSeconds(30);

    public static async Task RunAsync(int classes, int factor, TextWriter console, CancellationToken cancellationToken)
    {
        console.WriteLine("Starting PostgreSQL, the simulated Agora and two replicas.");
        var folder = Directory.CreateTempSubdirectory("recording-storm-");
        try
        {
            // Of the kind that is kept: one to be thrown away would not wait for the disk.
            var options = new PrivatePostgresOptions { Folder = Path.Combine(folder.FullName, "postgres") };
            await using var postgres = await PrivatePostgres.StartAsync(options, cancellationToken);
            var realFrom = TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(2);
            await using var agora = await AgoraSimulator.StartAsync(Simulation(classes, factor, realFrom), cancellationToken);
            var configuration = new ApiConfiguration
            {
                ConnectionString = await postgres.RecreateDatabaseAsync("recording", cancellationToken),
                AgoraHosts = agora.Hosts,
                BucketAddress = new Uri(agora.PublicBucketUrl, DemoAccount.Bucket),
                Factor = factor,
                RealFrom = realFrom,
                Further = new Dictionary<string, string>
                {
                    ["Serilog__MinimumLevel__Default"] = "Warning",
                    ["Serilog__MinimumLevel__Override__Microsoft.Hosting.Lifetime"] = "Warning",
                },
            };
            await ApiProcess.MigrateAsync(configuration, cancellationToken);
            await using var one = await ApiProcess.StartAsync(configuration, cancellationToken: cancellationToken);
            await using var other = await ApiProcess.StartAsync(configuration, cancellationToken: cancellationToken);
            Verdict(await MeasureAsync(agora, [one.Address, other.Address], classes, factor, console, cancellationToken), agora, console);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static SimulatorOptions Simulation(int classes, int factor, DateTimeOffset realFrom) =>
        new()
        {
            Factor = factor,
            RealFrom = realFrom,
            // A real second, whatever the factor: the network's jitter does not run faster.
            RateWindow = TimeSpan.FromSeconds(factor),
            ReadyAfter = TimeSpan.FromSeconds(4),
            Projects =
            {
                new SimulatedProject
                {
                    AppId = DemoAccount.AppId,
                    CustomerKey = DemoAccount.CustomerKey,
                    CustomerSecret = DemoAccount.CustomerSecret,
                    Certificate = DemoAccount.Certificate,
                    RequestsPerSecond = RequestsPerSecond,
                    ConcurrentTasks = classes,
                },
            },
            Buckets =
            {
                new SimulatedBucket
                {
                    Name = DemoAccount.Bucket,
                    AccessKey = DemoAccount.AccessKey,
                    SecretKey = DemoAccount.SecretKey,
                },
            },
        };

    private static async Task<IReadOnlyList<Class>> MeasureAsync(
        AgoraSimulator agora,
        IReadOnlyList<Uri> replicas,
        int classes,
        int factor,
        TextWriter console,
        CancellationToken cancellationToken
    )
    {
        var callers = replicas.Select(address => new HttpClient { BaseAddress = address }).ToList();
        try
        {
            var asked = new Class[classes];
            var next = -1;
            var begun = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(n => AskAsync(callers[n % callers.Count])));
            var asking = Stopwatch.GetElapsedTime(begun);
            console.WriteLine(
                $"{classes} classes were accepted within {asking.TotalSeconds:0.0} s; {CallsOfAStart} calls each are needed."
            );

            var bound = TimeSpan.FromSeconds((double)classes * CallsOfAStart / RequestsPerSecond / factor);
            for (var waiting = -1; waiting != 0; )
            {
                await Task.Delay(LookInterval, TimeProvider.System, cancellationToken);
                var confirmed = 0;
                foreach (var left in asked.Where(one => one.ConfirmedAt is null))
                {
                    // One after the other, from the oldest: the first that still waits tells that the rest do.
                    var resource = await callers[0].GetFromJsonAsync<JsonElement>($"/v1/recordings/{left.Id}", cancellationToken);
                    if (resource.GetProperty("confirmedAt").ValueKind != JsonValueKind.String)
                    {
                        break;
                    }

                    left.ConfirmedAt = resource.GetProperty("confirmedAt").GetDateTimeOffset();
                    confirmed++;
                }

                waiting = asked.Count(one => one.ConfirmedAt is null);
                if (Stopwatch.GetElapsedTime(begun) > bound * 3 + TimeSpan.FromSeconds(30))
                {
                    break;
                }
            }

            return asked;

            async Task AskAsync(HttpClient caller)
            {
                while (Interlocked.Increment(ref next) is var number && number < classes)
                {
                    // Spread over the time of asking, in order.
                    var wait = Asking * number / classes - Stopwatch.GetElapsedTime(begun);
                    if (wait > TimeSpan.Zero)
                    {
                        await Task.Delay(wait, TimeProvider.System, cancellationToken);
                    }

                    using var answer = await caller.PostAsJsonAsync(
                        "/v1/recordings",
                        new { channel = $"class-{number}", roomType = "lecture" },
                        cancellationToken
                    );
                    var body = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
                    if (answer.StatusCode is not (HttpStatusCode.Accepted or HttpStatusCode.Created))
                    {
                        throw new BenchmarkException($"A class was not accepted: {body}");
                    }

                    asked[number] = new Class(
                        body.GetProperty("id").GetString()!,
                        $"class-{number}",
                        body.GetProperty("acceptedAt").GetDateTimeOffset(),
                        body.GetProperty("estimatedWait") is { ValueKind: JsonValueKind.String } wanted
                            ? XmlConvert.ToTimeSpan(wanted.GetString()!)
                            : null
                    );
                }
            }
        }
        finally
        {
            callers.ForEach(caller => caller.Dispose());
        }
    }

    private static void Verdict(IReadOnlyList<Class> classes, AgoraSimulator agora, TextWriter console)
    {
        var lost = classes.Count(one => one.ConfirmedAt is null);
        var confirmed = classes.Where(one => one.ConfirmedAt is not null).OrderBy(one => one.AcceptedAt).ToList();
        var first = classes.Min(one => one.AcceptedAt);
        var bound = TimeSpan.FromSeconds((double)classes.Count * CallsOfAStart / RequestsPerSecond);
        var took = confirmed.Count == 0 ? TimeSpan.MaxValue : confirmed.Max(one => one.ConfirmedAt!.Value) - first;
        var overtaken = TimeSpan.Zero;
        var latest = DateTimeOffset.MinValue;
        foreach (var one in confirmed)
        {
            latest = one.ConfirmedAt!.Value > latest ? one.ConfirmedAt.Value : latest;
            overtaken = latest - one.ConfirmedAt.Value > overtaken ? latest - one.ConfirmedAt.Value : overtaken;
        }

        var confirmedAt = confirmed.ToDictionary(one => one.Channel, one => one.ConfirmedAt!.Value);
        var calls = agora.Journal.Calls();
        var paid = calls.Count(call => confirmedAt.TryGetValue(call.Channel, out var at) && call.At <= at + ClockError);
        var errors = confirmed
            .Where(one => one is { Estimate: not null } && one.ConfirmedAt!.Value - one.AcceptedAt >= LeastEstimated)
            .Select(one => Math.Abs(one.Estimate!.Value / (one.ConfirmedAt!.Value - one.AcceptedAt) - 1))
            .Order()
            .ToList();
        var throttled = calls.Count(call => call.Status == 429);
        var worstError = errors.Count == 0 ? double.NaN : errors[^1];
        var perClass = (double)paid / Math.Max(1, confirmed.Count);

        console.WriteLine();
        console.WriteLine(
            "| classes | confirmed after s | bound s | ratio | overtaken by s | calls a class | estimates off by | 429 | most calls in a second | lost |"
        );
        console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {classes.Count} | {took.TotalSeconds:0.0} | {bound.TotalSeconds:0} | {took / bound:0.000} | {overtaken.TotalSeconds:0.0} | {perClass:0.00} | p50 {At(0.5):0 %}, at most {worstError:0 %} | {throttled} | {agora.Journal.MostCallsPerSecond(DemoAccount.AppId)} | {lost} |"
            )
        );
        List<string> missed = [];
        Miss(lost > 0, $"{lost} classes were never confirmed");
        Miss(took > bound * MostOverBound, $"the last one was confirmed later than {MostOverBound} times the bound");
        Miss(overtaken > MostOvertaken, $"a class was overtaken by more than {MostOvertaken.TotalSeconds:0} s");
        Miss(perClass > MostCalls, $"more than {MostCalls} calls a class");
        Miss(!(worstError <= MostEstimateError), $"an estimate was off by more than {MostEstimateError:0 %}");
        if (missed.Count > 0)
        {
            throw new BenchmarkException($"{string.Join("; ", missed)}.");
        }

        double At(double share) => errors.Count == 0 ? double.NaN : errors[Math.Min(errors.Count - 1, (int)(share * errors.Count))];

        void Miss(bool isMissed, string what)
        {
            if (isMissed)
            {
                missed.Add(what);
            }
        }
    }

    private sealed record Class(string Id, string Channel, DateTimeOffset AcceptedAt, TimeSpan? Estimate)
    {
        public DateTimeOffset? ConfirmedAt { get; set; }
    }
}
