using RecordingService.Domain;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;

namespace RecordingService.Infrastructure.Engine;

/// <summary>What the processor knows of the recording it holds: what is written, what is decided since, and what came in.</summary>
internal sealed class Hold(Claim claim, Recording loaded, Budget budget)
{
    private readonly Dictionary<int, LogDetail> details = [];
    private long deadline = claim.Deadline;

    public Claim Claim { get; } = claim;
    public Budget Budget { get; } = budget;

    /// <summary>The recording as it is in the database.</summary>
    public Recording Written { get; private set; } = loaded;

    /// <summary>The recording that the next decision starts from.</summary>
    public Recording State { get; set; } = loaded;

    /// <summary>That work on the recording failed before, which callers are told until it is settled; null when it did not.</summary>
    public Reason? Trouble { get; set; }

    /// <summary>What happened and was not decided on yet.</summary>
    public List<LifecycleEvent> Events { get; } = [];

    /// <summary>Lines that are decided and not written yet.</summary>
    public List<LogEntry> Log { get; } = [];

    /// <summary>News of uploads that callers are to be told of.</summary>
    public List<UploadNews> Uploads { get; } = [];

    /// <summary>Inputs that are taken in and not deleted yet.</summary>
    public List<long> Inputs { get; } = [];

    /// <summary>Whether more came in than was read at once: then it is due again as soon as this is settled.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Every outcome of this hold that is not known to be written.</summary>
    public List<Outcome> AllOutcomes { get; } = [];

    /// <summary>Files that were found and are not written yet, by run.</summary>
    public Dictionary<int, IReadOnlyList<RecordingFile>> Found { get; } = [];

    /// <summary>Signals that were taken in.</summary>
    public long Seen { get; set; } = claim.SignalSeq;

    /// <summary>Monotonic time stamp from which a request to Agora may be sent that was granted with the claim, until it is used.</summary>
    public long? Slot { get; set; } = claim.Slot;

    /// <summary>Whether a call was made under this claim.</summary>
    public bool HasCalled { get; private set; }

    /// <summary>Calls that were paid for and then put off, because a signal came first.</summary>
    public List<(int Generation, RunOperation Operation)> Paid { get; } = [];

    /// <summary>Whether a call that takes as long as allowed would still end within the lease.</summary>
    public bool MayCall(TimeProvider time, EngineOptions engine) =>
        time.GetElapsedTime(time.GetTimestamp(), deadline) > engine.LongestEffect + engine.LeaseMargin;

    /// <summary>
    /// Takes in what came in. Notices are taken in by their sequence: they come out of order. Operators come last: they mean the recording as it
    /// is after all that is known of it.
    /// </summary>
    public void TakeIn(Loaded loaded, Func<NoticeInput, IEnumerable<AgoraNotice>> read, DateTimeOffset now)
    {
        HasMore = loaded.HasMore;
        List<NoticeReceived> notices = [];
        List<OperatorActed> actions = [];
        foreach (var (id, late, notice, action) in loaded.Inputs.Where(input => !Inputs.Contains(input.Id)))
        {
            if (late is not null)
            {
                Events.Add(new SidLearned(now, late.Generation, late.Sid, late.ResourceId));
            }
            else if (action is not null)
            {
                actions.Add(new(now, action.Action, action.Operator, action.Note));
            }
            else
            {
                notices.AddRange(read(notice!).Select(told => new NoticeReceived(now, notice!.Generation, told)));
            }

            Inputs.Add(id);
        }

        Events.AddRange(notices.OrderBy(told => told.Notice.Sequence));
        Events.AddRange(actions);
    }

    public void Refund(IReadOnlyList<Call> calls) => Paid.AddRange(calls.Select(call => (call.Generation, call.Operation)));

    /// <summary>The decision is taken over, but not written: nothing at Agora hangs on it.</summary>
    public void Decided(Recording next, Decision decision)
    {
        Log.AddRange(Entries(decision.Notes));
        Uploads.AddRange(decision.Uploads);
        State = next;
        Events.Clear();
        details.Clear();
    }

    /// <summary>The decision is on disk, and the lease counts anew.</summary>
    public void Committed(Recording next, long newDeadline)
    {
        Written = State = next;
        deadline = newDeadline;
        Log.Clear();
        Uploads.Clear();
        Inputs.Clear();
        Events.Clear();
        AllOutcomes.Clear();
        Found.Clear();
        details.Clear();
    }

    public void Renewed(long newDeadline) => deadline = newDeadline;

    public void Answered(IEnumerable<Answered> answers)
    {
        HasCalled = true;
        foreach (var (outcome, detail, _) in answers)
        {
            Events.Add(outcome);
            AllOutcomes.Add(outcome);
            if (outcome is FilesInspected { Inspection.Files: var files })
            {
                Found[outcome.Generation] = files;
            }

            details[outcome.Generation] = detail;
        }
    }

    /// <summary>Lines with the facts of the exchange that they tell of; the first line about a run gets them.</summary>
    public IEnumerable<LogEntry> Entries(IReadOnlyList<Note> notes)
    {
        HashSet<int> told = [];
        foreach (var note in notes)
        {
            var tells =
                note is { Generation: { } generation, Kind: not NoteKind.Call } && details.ContainsKey(generation) && told.Add(generation);
            yield return new LogEntry(note, tells ? details[note.Generation!.Value] : new LogDetail());
        }
    }
}
