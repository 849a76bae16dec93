using RecordingService.Chaos.Clients;
using RecordingService.Chaos.Faults;
using RecordingService.Chaos.Timetables;
using RecordingService.Chaos.Verdicts;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.Chaos.Running;

/// <summary>One run: three clients record the same timetable under the same faults.</summary>
internal sealed class ChaosRun(ChaosOptions options, TimeProvider time, TextWriter console)
{
    private static readonly string[] Clients = ["service", "naive", "retrying"];
    private static readonly TimeSpan Lead = TimeSpan.FromSeconds(12);

    /// <summary>Script and journal tell the same time but for what calls take.</summary>
    private const double LargestDriftSeconds = 5;

    private readonly RunClock clock = new(time, ChaosOptions.Factor);
    private readonly CallerJournal journal = new();

    /// <summary>Runs it and writes its journals.</summary>
    /// <returns>Whether all that must hold of the service holds.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var families = FaultPlan.Profiles[options.Profile];
        var timetable = Timetable.Draw(options.Seed, options.Classes);
        var plan = FaultPlan.Draw(options.Seed, timetable, families, options.Replicas);
        var report = new RunReport(options, console);
        console.WriteLine(
            $"Seed {options.Seed}, profile {options.Profile}: {timetable.Classes.Count} classes for each of {Clients.Length} clients, {plan}."
        );

        await using var agora = await SimulatedCloud.StartAsync(
            clock,
            options.Seed,
            AppIds(0),
            [.. AppIds(1), .. AppIds(2)],
            cancellationToken
        );
        await using var service = await ServiceUnderChaos.StartAsync(
            agora,
            clock,
            AppIds(0),
            options.Replicas,
            options.Output,
            cancellationToken
        );
        using var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(1) })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var api = new AgoraApi(http, agora.Hosts, clock, journal);
        var serviceClient = new ServiceClient(
            http,
            service.Addresses,
            [.. Enumerable.Range(0, Timetable.Projects).Select(ServiceUnderChaos.ProjectName)],
            clock,
            journal
        );
        IRecordingClient[] clients = [serviceClient, new NaiveClient(api, AppIds(1), clock), new RetryingClient(api, AppIds(2), clock)];
        await serviceClient.WarmUpAsync(cancellationToken);
        agora.Notifications.Settings = Notify(plan.Notices, service);
        var faults = new FaultInjector(plan, agora, service, clock, index => Channels(timetable.Classes[index]));
        faults.Prepare();

        var begin = clock.Now + Lead;
        console.WriteLine(
            $"Ready. The last class is stopped after {clock.ToReal(timetable.End).TotalSeconds:0} s, and files may take {clock.ToReal(ClassVerdict.Patience).TotalSeconds:0} s more."
        );
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var striking = faults.RunAsync(begin, ending.Token);
        List<ChannelDirector> directors = [];
        List<Task> playing = [];
        List<Task<ClientOutcome>[]> recording = [];
        foreach (var one in timetable.Classes)
        {
            var director = new ChannelDirector(agora, clock, Channels(one));
            directors.Add(director);
            playing.Add(director.PlayAsync(one, begin, cancellationToken));
            recording.Add([
                .. clients.Select((client, number) => client.RecordAsync(one, ChannelOf(number, one), begin, cancellationToken)),
            ]);
        }

        await Task.WhenAll(playing);
        await Task.WhenAll(recording.SelectMany(tasks => tasks));
        await ending.CancelAsync();
        await striking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (striking is { IsFaulted: true, Exception: { } fault })
        {
            throw new ChaosException($"A fault could not be made to happen, so the run proves nothing: {fault.InnerException?.Message}");
        }

        var outcomes = recording.ConvertAll(tasks => tasks.Select(task => task.Result).ToArray());
        var facts = await GatherAsync(agora, http, timetable, directors, outcomes, cancellationToken);
        ClientVerdict[] verdicts =
        [
            .. Clients.Select(
                (client, number) =>
                    new ClientVerdict(
                        client,
                        [.. facts.Select(one => ClassVerdict.Of(one[number]))],
                        // By App ID: a host that fails does not read for which channel a call is.
                        agora.Journal.Calls().Count(call => call.At >= begin && AppIds(number).Contains(call.AppId))
                    )
            ),
        ];
        if (verdicts.Any(verdict => verdict.ClassSeconds <= 0))
        {
            throw new ChaosException("There was no class time, so the run proves nothing.");
        }

        var violations = Invariants.Check(verdicts[0], verdicts[1..], comparesClients: families.HitPlainClients());
        await report.WriteAsync(
            new RunRecord(
                timetable,
                plan,
                verdicts,
                violations,
                [.. facts.SelectMany(one => one)],
                journal,
                faults.Happened,
                agora.Journal,
                begin
            ),
            path => serviceClient.TryReadAsync(path, cancellationToken),
            outcomes.Select(one => one[0].Id).ToList()
        );
        return violations.Count == 0;
    }

    private static IReadOnlyList<string> AppIds(int client) =>
        [.. Enumerable.Range(0, Timetable.Projects).Select(project => SimulatedCloud.AppId(client, project))];

    private static string ChannelOf(int client, ClassPlan plan) => $"{Clients[client]}-{plan.Index:000}";

    private static IReadOnlyList<(string AppId, string Channel)> Channels(ClassPlan plan) =>
        [.. Clients.Select((_, client) => (SimulatedCloud.AppId(client, plan.Project), ChannelOf(client, plan)))];

    /// <summary>Only the service has an address to be told at; each replica hears of a part of the projects.</summary>
    private static NotificationOptions Notify(NotificationOptions drawn, ServiceUnderChaos service) =>
        new()
        {
            Seed = drawn.Seed,
            LossRate = drawn.LossRate,
            DuplicateRate = drawn.DuplicateRate,
            DisorderWindow = drawn.DisorderWindow,
            Delay = drawn.Delay,
            Projects =
            [
                .. AppIds(0)
                    .Select(
                        (appId, project) =>
                            new NotificationReceiver
                            {
                                AppId = appId,
                                Url = new Uri(
                                    service.Addresses[project % service.Addresses.Count],
                                    $"/agora/notifications/{ServiceUnderChaos.ProjectName(project)}"
                                ),
                                Secret = DemoAccount.NotificationSecret,
                            }
                    ),
            ],
        };

    private static async Task<List<ClassFacts[]>> GatherAsync(
        AgoraSimulator agora,
        HttpClient http,
        Timetable timetable,
        List<ChannelDirector> directors,
        List<ClientOutcome[]> outcomes,
        CancellationToken cancellationToken
    )
    {
        var files = await BucketLook.ReadAsync(http, agora, cancellationToken);
        var recorders = agora.Journal.Recorders().ToLookup(life => life.Channel);
        List<ClassFacts[]> facts = [];
        foreach (var plan in timetable.Classes)
        {
            facts.Add([
                .. outcomes[plan.Index]
                    .Select(
                        (outcome, client) =>
                        {
                            var channel = ChannelOf(client, plan);
                            IReadOnlyList<RecorderLife> lives = [.. recorders[channel]];
                            return new ClassFacts
                            {
                                Channel = channel,
                                AskedAt = outcome.AskedAt,
                                StopAskedAt = outcome.StopAskedAt,
                                FinalAt = outcome.FinalAt,
                                Told = outcome.Told,
                                Words = outcome.Words,
                                Published = directors[plan.Index].Published(channel),
                                Recorders = lives,
                                Files = [.. lives.Select(life => files.GetValueOrDefault(life.Sid)).OfType<RecorderFiles>()],
                            };
                        }
                    ),
            ]);
        }

        foreach (var one in facts.SelectMany(one => one))
        {
            var drift = agora.Journal.Published(one.Channel).TotalSeconds - Spans.Seconds(one.Published);
            if (Math.Abs(drift) > LargestDriftSeconds)
            {
                throw new ChaosException(
                    $"{one.Channel}: the simulator saw {drift:0.0} s more of publishers than the script has; no verdict on that."
                );
            }
        }

        return facts;
    }
}
