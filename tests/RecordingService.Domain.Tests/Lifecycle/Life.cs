using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>One recording in an adversarial world: Agora, replicas and callers do what the genes say, and every decision is checked.</summary>
internal sealed class Life
{
    /// <summary>Every answer there is.</summary>
    internal static readonly Answer[] Repertoire =
    [
        Answer.Ok,
        Answer.OkWithoutFiles,
        .. new[] { 1, 3, 4, 7, 20, 42 }.Select(status => Answer.Has(status)),
        Answer.Has(8, files: true),
        .. Enum.GetValues<AgoraFailureKind>().Select(kind => Answer.Of(kind)),
        Answer.Of(AgoraFailureKind.RateLimited, TimeSpan.Zero),
        Answer.Of(AgoraFailureKind.QuotaExhausted, TimeSpan.FromMinutes(2)),
        .. Enum.GetValues<FilesVerdict>().Select(Answer.Bucket),
    ];

    private readonly int[] genes;
    private readonly LifecycleOptions options = new();
    private readonly TimeSpan maxIdleTime;
    private readonly Dictionary<RunOperation, Answer[]> temperament;
    private readonly List<Call> inFlight = [];
    private readonly List<Call> lost = [];
    private readonly Dictionary<Call, int> sent = [];
    private readonly bool canFindSid;
    private readonly TimeSpan? storageRenewal;
    private int position;

    public Life(int[] genes)
    {
        this.genes = genes is [] ? [0] : genes;
        maxIdleTime = Pick(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(4), TimeSpan.FromHours(1));
        canFindSid = Pick(true, false);
        storageRenewal = Pick<TimeSpan?>(null, TimeSpan.FromMinutes(50));
        temperament = Enum.GetValues<RunOperation>().ToDictionary(operation => operation, _ => Mood());
        Recording = Domain.Recordings.Recording.Accept(
            Script.NewRecording(Pick(IdleExit.Complete, IdleExit.Resume), Pick(TimeSpan.FromHours(1), TimeSpan.FromMinutes(2)))
        );
        Now = Script.Noon;
    }

    public Recording Recording { get; private set; }
    public DateTimeOffset Now { get; private set; }
    public int Decisions { get; private set; }
    public List<(DateTimeOffset At, RunOperation Operation)> Calls { get; } = [];
    public bool IsAtRest => Recording.DueAt is null && inFlight.Count == 0;

    /// <summary>Lets anything happen, replicas that vanish and callers' wishes included.</summary>
    public Life Suffer(int steps)
    {
        for (var step = 0; step < steps && !IsAtRest; step++)
        {
            switch (Next(40))
            {
                case 0 when inFlight.Count > 0:
                    LoseHolder();
                    break;
                case 1 when inFlight.FirstOrDefault(call => call.Operation != RunOperation.FindSid) is { } deferred:
                    inFlight.Remove(deferred);
                    Feed(new CallDeferred(Now, deferred.Generation, deferred.Operation, TimeSpan.FromSeconds(1 + Next(20))));
                    break;
                case 2 or 3 or 4 when lost.Count > 0:
                    Resolve(lost[Next(lost.Count)]);
                    break;
                case 5:
                    Feed(new Woken(Now));
                    break;
                case 6:
                    Wish(wishes => wishes with { MaxDuration = TimeSpan.FromMinutes(1 + Next(120)) });
                    break;
                case 8 or 9:
                    Tell();
                    break;
                case 10:
                    Wish(wishes =>
                        wishes with
                        {
                            Layout = new((wishes.Layout?.Version ?? 0) + 1, new()),
                            Subscription = new((wishes.Subscription?.Version ?? 0) + 1, Subscription.Everybody),
                        }
                    );
                    break;
                case 7 when Next(4) == 0:
                    RequestStop();
                    break;
                case 11:
                    Act(Next(12) == 0 ? OperatorAction.Close : Pick(OperatorAction.Recheck, OperatorAction.Replace));
                    break;
                default:
                    Proceed();
                    break;
            }
        }

        return this;
    }

    /// <summary>Lets the replica vanish that waits for what is in flight; the answers may still come.</summary>
    public Life LoseHolder()
    {
        lost.AddRange(inFlight);
        inFlight.Clear();
        Feed(new HolderVanished(Now));
        return this;
    }

    /// <summary>Answers every call that was given up with its holder.</summary>
    public Life AnswerLost()
    {
        while (lost.Count > 0)
        {
            Resolve(lost[0]);
        }

        return this;
    }

    /// <summary>Answers what is in flight, else advances the clock to what is due.</summary>
    public Life Proceed()
    {
        if (inFlight.Count > 0)
        {
            Now += Pick(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(8));
            Resolve(inFlight[Next(inFlight.Count)]);
        }
        else if (Recording.DueAt is { } due)
        {
            Now = due > Now ? due : Now;
            Feed(new Woken(Now));
        }

        return this;
    }

    public Life RequestStop() => Wish(wishes => wishes with { StopRequestedAt = wishes.StopRequestedAt ?? Now });

    public Life Act(OperatorAction action)
    {
        Feed(new OperatorActed(Now, action, "ada", "because"));
        return this;
    }

    public void Feed(params LifecycleEvent[] events)
    {
        var before = Recording;
        var decision = StateMachine.Decide(Recording, events, options);
        Decisions++;
        Invariants.Hold(before, decision, Now);
        Invariants.OutcomesTwiceEqualOnce(decision, events, options);
        Recording = Script.Prepare(decision.Recording, decision.Calls, maxIdleTime, canFindSid, storageRenewal);
        inFlight.AddRange(decision.Calls);
        foreach (var call in decision.Calls)
        {
            sent[call] = Answer.VersionOf(Recording.Wishes, call.Operation);
        }

        Calls.AddRange(decision.Calls.Select(call => (Now, call.Operation)));
        Invariants.InFlightIsKnown(Recording, inFlight);
    }

    /// <summary>Agora tells something about one of the runs, true or not.</summary>
    private void Tell()
    {
        var run = Recording.Runs[Next(Recording.Runs.Count)];
        var sid = Next(8) == 0 ? "sid-of-another" : run.Sid ?? $"sid-{run.Generation}";
        var sequence = Next(20);
        var at = Now - TimeSpan.FromSeconds(Next(60));
        Feed(
            new NoticeReceived(
                Now,
                run.Generation,
                Pick<AgoraNotice>(
                    new RecorderStarted(sid, sequence, at, Next(2) == 0, Next(8) == 0),
                    new RecorderLeft(sid, sequence, at, Pick(Enum.GetValues<LeaveCause>()), "It left."),
                    new RecorderMoved(sid, sequence, at, Next(2) == 0 ? null : 77),
                    new StatusChanged(sid, sequence, at, Next(9)),
                    new Faulted(sid, sequence, at, Next(3), 1 + Next(5), Pick(32, 47, 109, 2), null),
                    new Warned(sid, sequence, at, 1, 31),
                    new FilesNamed(sid, sequence, at, [new("told.m3u8")], Pick(Enum.GetValues<UploadStatus>())),
                    new UploadProgressed(sid, sequence, at, Next(10_001)),
                    new SliceStarted(sid, sequence, at, at),
                    new StreamChanged(sid, sequence, at, (uint)Next(3), Next(2) == 0, Next(2) == 0),
                    new SnapshotTaken(sid, sequence, at, "a.jpg"),
                    new OtherNotice(sid, sequence, at, 60, "Something.")
                )
            )
        );
    }

    private Life Wish(Func<Wishes, Wishes> wish)
    {
        Recording = Recording with { Wishes = wish(Recording.Wishes) };
        Feed(new Woken(Now));
        return this;
    }

    private void Resolve(Call call)
    {
        inFlight.Remove(call);
        lost.Remove(call);
        Feed((Pick(temperament[call.Operation]) with { Version = sent[call] }).To(call, Recording.Runs[call.Generation - 1], Now));
    }

    /// <summary>The answers that an operation gives in this life: mostly well, sometimes always the same, sometimes anything.</summary>
    private Answer[] Mood() =>
        Next(4) switch
        {
            0 => [Answer.Ok],
            1 => [Pick(Repertoire)],
            2 => [Answer.Ok, Answer.Ok, Pick(Repertoire), Pick(Repertoire)],
            _ => Repertoire,
        };

    private T Pick<T>(params T[] choices) => choices[Next(choices.Length)];

    private int Next(int bound)
    {
        // The genes are read round and round, each time in another key, so that few genes make a long life and still shrink well.
        var gene = genes[position % genes.Length] + 7919 * (position / genes.Length);
        position++;
        return (gene & int.MaxValue) % bound;
    }
}
