using System.Globalization;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>Plays one recording on a model clock: makes the calls that are decided, answers them as the test says, wakes it when it is due.</summary>
internal sealed class Script
{
    public static readonly DateTimeOffset Noon = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<(RunOperation Operation, int Generation), Queue<Answer>> planned = [];
    private readonly Dictionary<Call, Answer> given = [];
    private readonly List<(double Second, string Line)> trace = [];
    private DateTimeOffset lastFed;
    private int feedsThisInstant;

    public Script(
        IdleExit onIdleExit = IdleExit.Complete,
        TimeSpan? maxIdleTime = null,
        TimeSpan? maxDuration = null,
        LifecycleOptions? options = null
    )
    {
        Options = options ?? new();
        MaxIdleTime = maxIdleTime ?? TimeSpan.FromMinutes(4);
        Recording = Domain.Recordings.Recording.Accept(NewRecording(onIdleExit, maxDuration ?? TimeSpan.FromHours(4)));
        Now = Noon;
    }

    public LifecycleOptions Options { get; }
    public bool CanFindSid { get; init; }
    public TimeSpan? StorageRenewal { get; init; }
    public TimeSpan MaxIdleTime { get; }
    public Recording Recording { get; private set; }
    public DateTimeOffset Now { get; private set; }
    public List<Note> Notes { get; } = [];
    public List<UploadNews> Uploads { get; } = [];
    public List<Call> InFlight { get; } = [];
    public double Seconds => (Now - Noon).TotalSeconds;

    /// <summary>Every call made so far, looks into the bucket included.</summary>
    public List<(double Second, RunOperation Operation, int Generation)> Calls { get; } = [];

    /// <summary>Every Agora call made so far, as "second operation#generation"; looks into the bucket are left out.</summary>
    public string Trace => string.Join(" ", trace.Select(line => line.Line));

    public IEnumerable<string> States =>
        Notes.Where(note => note.Kind == NoteKind.State).Select(note => note.Message.Split(' ')[^1].TrimEnd('.'));

    public static Recording NewRecording(IdleExit onIdleExit, TimeSpan maxDuration) =>
        new()
        {
            Id = Guid.Empty,
            Project = "school",
            Channel = "algebra",
            Label = "main",
            RoomType = "lecture",
            RoomTypeVersion = 1,
            Policy = new() { OnIdleExit = onIdleExit },
            StorageProfile = "lessons",
            AcceptedAt = Noon,
            Wishes = new(maxDuration, null, null),
        };

    /// <summary>What a processor does before it commits an intent to acquire: draws the uid and fixes the parameters.</summary>
    public static Recording Prepare(
        Recording recording,
        IReadOnlyList<Call> calls,
        TimeSpan maxIdleTime,
        bool canFindSid = false,
        TimeSpan? storageRenewal = null
    )
    {
        foreach (var call in calls.Where(call => call.Operation == RunOperation.Acquire))
        {
            var runs = recording.Runs.ToArray();
            var run = runs[call.Generation - 1];
            runs[call.Generation - 1] = run with
            {
                RecorderUid = run.RecorderUid ?? 1000u + (uint)call.Generation,
                Parameters =
                    run.Parameters ?? Parameters(recording, maxIdleTime) with { CanFindSid = canFindSid, StorageRenewal = storageRenewal },
                LayoutVersion = run.Parameters is null ? recording.Wishes.Layout?.Version ?? 0 : run.LayoutVersion,
                SubscriptionVersion = run.Parameters is null ? recording.Wishes.Subscription?.Version ?? 0 : run.SubscriptionVersion,
            };
            recording = recording with { Runs = runs };
        }

        return recording;
    }

    public Run Run(int generation) => Recording.Runs[generation - 1];

    public IEnumerable<double> SecondsOf(RunOperation operation, int generation) =>
        trace.Where(line => line.Line.EndsWith($" {operation}#{generation}", StringComparison.Ordinal)).Select(line => line.Second);

    /// <summary>Plans the answers to an operation of a run; the last one is given for ever. Unplanned calls succeed.</summary>
    public Script On(RunOperation operation, int generation, params Answer[] answers)
    {
        planned[(operation, generation)] = new(answers);
        return this;
    }

    /// <summary>Plays until nothing is due before that second.</summary>
    public Script Play(double untilSecond)
    {
        var until = Noon + TimeSpan.FromSeconds(untilSecond);
        AnswerAll();
        while (Recording.DueAt is { } due && due <= until)
        {
            Now = due > Now ? due : Now;
            Feed(new Woken(Now));
            AnswerAll();
        }

        Now = until;
        return this;
    }

    /// <summary>Plays until nothing is left to do.</summary>
    public Script PlayToTheEnd()
    {
        for (var steps = 0; Recording.DueAt is { } due; steps++)
        {
            steps.ShouldBeLessThan(100_000, "the recording never comes to rest");
            Play((due - Noon).TotalSeconds);
        }

        return this;
    }

    public Script RequestStop()
    {
        Recording = Recording with { Wishes = Recording.Wishes with { StopRequestedAt = Recording.Wishes.StopRequestedAt ?? Now } };
        Feed(new Woken(Now));
        AnswerAll();
        return this;
    }

    /// <summary>An operator does something to the recording.</summary>
    public Script Act(OperatorAction action)
    {
        Feed(new OperatorActed(Now, action, "ada", "because"));
        AnswerAll();
        return this;
    }

    /// <summary>A caller asks for another layout.</summary>
    public Script WishLayout(MixLayout layout, Subscription? subscription = null)
    {
        var version = (Recording.Wishes.Layout?.Version ?? 0) + 1;
        Recording = Recording with
        {
            Wishes = Recording.Wishes with
            {
                Layout = new(version, layout),
                Subscription = subscription is null ? Recording.Wishes.Subscription : new(version, subscription),
            },
        };
        Feed(new Woken(Now));
        AnswerAll();
        return this;
    }

    /// <summary>Agora tells something about a run; the sid is the run's, or a word that is nobody's.</summary>
    public Script Tell(int generation, Func<string, DateTimeOffset, AgoraNotice> notice)
    {
        Feed(new NoticeReceived(Now, generation, notice(Run(generation).Sid ?? "nobody", Now)));
        AnswerAll();
        return this;
    }

    public Script LoseHolder()
    {
        InFlight.Clear();
        Feed(new HolderVanished(Now));
        AnswerAll();
        return this;
    }

    /// <summary>Feeds an answer to a call of the past, in flight or not.</summary>
    public Script AnswerLate(RunOperation operation, int generation, int stamp, Answer answer)
    {
        InFlight.RemoveAll(call => call.Generation == generation && call.Stamp == stamp);
        Feed(answer.To(new(generation, stamp, operation), Run(generation), Now));
        AnswerAll();
        return this;
    }

    public void Feed(params LifecycleEvent[] events)
    {
        feedsThisInstant = Now == lastFed ? feedsThisInstant + 1 : 0;
        lastFed = Now;
        feedsThisInstant.ShouldBeLessThan(200, $"a hot loop: {Trace}");
        var decision = StateMachine.Decide(Recording, events, Options);
        Recording = Prepare(decision.Recording, decision.Calls, MaxIdleTime, CanFindSid, StorageRenewal);
        Notes.AddRange(decision.Notes);
        Uploads.AddRange(decision.Uploads);
        foreach (var call in decision.Calls)
        {
            InFlight.Add(call);
            Calls.Add((Seconds, call.Operation, call.Generation));
            if (call.Operation is not (RunOperation.InspectFiles or RunOperation.FindSid))
            {
                trace.Add((Seconds, string.Create(CultureInfo.InvariantCulture, $"{Seconds:0.#} {call.Operation}#{call.Generation}")));
            }
        }
    }

    private void AnswerAll()
    {
        while (
            InFlight.Select(call => (Call: call, Answer: Next(call))).FirstOrDefault(pair => !pair.Answer.IsWithheld)
                is { Call: { } call } next
        )
        {
            InFlight.Remove(call);
            Feed((next.Answer with { Version = Answer.VersionOf(Recording.Wishes, call.Operation) }).To(call, Run(call.Generation), Now));
        }
    }

    private Answer Next(Call call)
    {
        if (!given.TryGetValue(call, out var answer))
        {
            answer =
                !planned.TryGetValue((call.Operation, call.Generation), out var queue) ? Answer.Ok
                : queue.Count > 1 ? queue.Dequeue()
                : queue.Peek();
            given[call] = answer;
        }

        return answer;
    }

    private static StartParameters Parameters(Recording recording, TimeSpan maxIdleTime) =>
        new()
        {
            Mode = recording.Policy.Mode,
            ChannelProfile = recording.Policy.ChannelProfile,
            StreamTypes = recording.Policy.StreamTypes,
            Quality = recording.Policy.Quality,
            MixLayout = new() { Kind = recording.Policy.Layout },
            Mp4 = recording.Policy.Mp4,
            MaxIdleTime = maxIdleTime,
            TokenIssuedAt = recording.AcceptedAt,
            TokenLifetime = TimeSpan.FromHours(24),
            TokenSalt = 1,
            StorageProfile = recording.StorageProfile,
            FileNamePrefix = ["lessons"],
        };
}
