using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Domain.Lifecycle;

/// <summary>The one place where it is decided what happens to a recording. Pure: no clock, no chance, no input or output.</summary>
public static partial class StateMachine
{
    /// <summary>Takes in what happened, then decides everything that is due at that time.</summary>
    /// <param name="recording">The recording as last committed, with callers' present wishes.</param>
    /// <param name="events">What happened, oldest first; at least one.</param>
    /// <param name="options">The waits.</param>
    public static Decision Decide(Recording recording, IReadOnlyList<LifecycleEvent> events, LifecycleOptions options) =>
        new Deliberation(recording, events[^1].At, options).Conclude(events, takeSteps: true);

    /// <summary>Takes in what happened and decides nothing that would need a call: for a replica that is about to leave.</summary>
    /// <param name="recording">The recording as last committed.</param>
    /// <param name="events">What happened, oldest first; may be none.</param>
    /// <param name="options">The waits.</param>
    public static Decision Absorb(Recording recording, IReadOnlyList<LifecycleEvent> events, LifecycleOptions options) =>
        events is [] ? new(recording, [], []) : new Deliberation(recording, events[^1].At, options).Conclude(events, takeSteps: false);

    /// <summary>One call of <see cref="Decide"/>: the recording as it changes, and what it leads to.</summary>
    private sealed partial class Deliberation(Recording recording, DateTimeOffset now, LifecycleOptions options)
    {
        // A stop request shows in the state as soon as a caller makes it; it is announced once it is taken in here.
        private readonly RecordingState before = recording.Stop is null
            ? (recording with { Wishes = recording.Wishes with { StopRequestedAt = null } }).State
            : recording.State;
        private readonly List<Call> calls = [];
        private readonly List<Note> notes = [];
        private readonly List<UploadNews> uploads = [];

        public Decision Conclude(IReadOnlyList<LifecycleEvent> events, bool takeSteps)
        {
            foreach (var @event in events)
            {
                TakeIn(@event);
            }

            Coordinate();
            while (takeSteps && recording.Runs.FirstOrDefault(run => run.InFlight is null && run.DueAt <= now) is { } due)
            {
                Apply(new StepDue(now, due.Generation));
                Coordinate();
            }

            while (takeSteps && DueChange() is var (generation, operation))
            {
                Apply(new ChangeDue(now, generation, operation));
            }

            if (recording.State != before)
            {
                notes.Add(new(now, NoteKind.State, null, $"The recording is {recording.State.ToString().ToLowerInvariant()}."));
            }

            return new(recording, calls, notes) { Uploads = uploads };
        }

        private (int Generation, RunOperation Operation)? DueChange()
        {
            foreach (var run in recording.Runs)
            {
                if (recording.Stop is null && run.NextChange(recording.Wishes) is { } change && change.DueAt <= now)
                {
                    return (run.Generation, change.Operation);
                }
            }

            return null;
        }

        private void TakeIn(LifecycleEvent @event)
        {
            switch (@event)
            {
                case Woken:
                    break;
                case HolderVanished:
                    foreach (var run in recording.Runs.Where(run => run.InFlight is not null).ToList())
                    {
                        Apply(new OutcomeLost(@event.At, run.Generation));
                    }

                    break;
                case Outcome outcome when RunOf(outcome) is var run && (run.InFlight is null || run.Stamp != outcome.Stamp):
                    // Too late to be an answer, but never too late to tell a sid that nothing else can tell.
                    if (outcome is StartAnswered { Result.Value.Sid: { } sid } late && run.Sid is null)
                    {
                        Apply(new SidLearned(late.At, late.Generation, sid, late.ResourceId));
                    }

                    break;
                case SidSearched { Search.Sid: { } named } found when RunOf(found) is { Sid: null } run:
                    Apply(new SidLearned(found.At, found.Generation, named, run.ResourceId!, SidSource.File));
                    break;
                case NoticeReceived notice when RunOf(notice) is var run:
                    if (run is { Sid: null, ResourceId: { } resourceId, Parameters: not null })
                    {
                        Apply(new SidLearned(notice.At, notice.Generation, notice.Notice.Sid, resourceId, SidSource.Notification));
                    }

                    // A notice of another recorder with this uid is no news of this one, and none tells of the future.
                    if (RunOf(notice).Sid == notice.Notice.Sid)
                    {
                        Apply(
                            notice.Notice.SentAt > notice.At ? notice with { Notice = notice.Notice with { SentAt = notice.At } } : notice
                        );
                    }

                    break;
                case OperatorActed acted:
                    TakeIn(acted);
                    break;
                case RunEvent runEvent:
                    Apply(runEvent);
                    break;
                default:
                    throw new InvalidOperationException($"No such event: {@event.GetType().Name}.");
            }
        }

        private void Apply(RunEvent @event)
        {
            var run = RunOf(@event);
            var isBeside =
                @event is StepDue or LeaveOrdered or ChangeDue or NoticeReceived or RecheckOrdered or ReplaceOrdered or CloseOrdered;
            var idle = isBeside ? run : run with { InFlight = null };
            var situation = new Situation(recording, idle, @event, options);
            if (Catalogue.Find(situation) is not { } row)
            {
                return;
            }

            var step = row.Apply(situation);
            if (!row.To.Contains(step.Run.Phase))
            {
                throw new InvalidOperationException($"'{row.Name}' led to {step.Run.Phase}, which the catalogue does not name.");
            }

            var next = step.Run;
            if (step.Call is { } operation)
            {
                next = next with
                {
                    InFlight = operation,
                    Stamp = next.Stamp + 1,
                    // A change comes between two questions, and does not put the next one off.
                    DueAt = ChangeTransitions.IsChange(operation) ? next.DueAt : null,
                };
                calls.Add(new(next.Generation, next.Stamp, operation));
            }

            if (step.Message is { } message)
            {
                notes.Add(new(@event.At, step.Kind, next.Generation, message, step.Repeats));
            }

            if (step.Upload is { } upload)
            {
                uploads.Add(upload);
            }

            Put(next);
            recording = recording with
            {
                ConfirmedAt = recording.ConfirmedAt ?? (recording.EndedAt is null ? next.ProvenAt : null),
                Reason = ReasonAfter(@event, step),
            };
            if (step.Fatal && !recording.Runs.Any(MayCarryOn))
            {
                Order(EndReason.Failed, @event.At);
            }
        }

        /// <summary>A recording that failed or was closed keeps the reason why; otherwise trouble shows until an answer of Agora ends it.</summary>
        private Reason? ReasonAfter(RunEvent @event, Step step)
        {
            if (recording.Stop is { Reason: EndReason.Failed } || recording.Closure is not null)
            {
                return recording.Reason;
            }

            if (recording.EndedAt is not null)
            {
                // What was told of the end stays told, whatever an orphan that is found later meets; only the files are still open.
                return step.Trouble is { TellsOfFiles: true } ? step.Trouble : recording.Reason;
            }

            var answered = @event is Outcome and not (FilesInspected or SidSearched or ChangeAnswered);
            var isOver = answered && (step.Run.Phase == RunPhase.Recording || recording.Reason is { EndsWithAnswer: true });
            return step.Trouble ?? (isOver ? null : recording.Reason);
        }

        /// <summary>Whether a recorder of this run records, or may come back: a refused replacement must not take it down.</summary>
        private static bool MayCarryOn(Run run) =>
            run.Phase is RunPhase.Proving or RunPhase.Recording or RunPhase.Doubtful or RunPhase.Replaced;

        /// <summary>What the recording as a whole makes of its runs: ends it, calls surplus runs off, plans the next one.</summary>
        private void Coordinate()
        {
            OrderEndIfDue();
            if (recording.Stop is not null)
            {
                DismissAll();
            }
            else
            {
                KeepWhatIsNotReplaced();
                if (recording.Runs.Any(run => run.Carries && run.ReplacedBy > recording.Runs.Count))
                {
                    Plan(TimeSpan.Zero);
                }

                if (!DismissSurplus() && !recording.Runs.Any(run => run.Carries))
                {
                    PlanNext();
                }
            }
        }

        private void OrderEndIfDue()
        {
            if (recording.Stop is not null)
            {
                return;
            }

            if (recording.Wishes.StopRequestedAt is { } at)
            {
                Order(EndReason.Requested, at);
            }
            else if (now >= recording.EndsAt)
            {
                Order(EndReason.MaxDuration, recording.EndsAt);
            }
        }

        private void Order(EndReason reason, DateTimeOffset at)
        {
            if (recording.Stop is not null)
            {
                return;
            }

            recording = recording with { Stop = new(reason, at) };
            var why = reason switch
            {
                EndReason.Requested => "a caller asked for it",
                EndReason.MaxDuration => "its maximum duration is reached",
                EndReason.Idle => "nobody publishes any more",
                EndReason.Failed => recording.Closure is null ? "it cannot be recorded" : "an operator closed it",
                _ => throw new InvalidOperationException($"No such reason: {reason}."),
            };
            notes.Add(new(now, NoteKind.Decision, null, $"The recording ends: {why}."));
        }

        private void DismissAll()
        {
            foreach (
                var run in recording.Runs.Where(run => run.InFlight is null && (run.Carries || run.Phase == RunPhase.Replaced)).ToList()
            )
            {
                Apply(new LeaveOrdered(now, run.Generation, Surplus: false));
            }

            if (recording.EndedAt is null && recording.Runs.All(run => run.HasEnded))
            {
                var stop = recording.Stop!;
                recording = recording with
                {
                    EndedAt = stop.Reason == EndReason.Idle ? stop.At : now,
                    Reason =
                        recording.Closure is { } closure ? Reason.ClosedByOperator(closure)
                        : recording.Runs.Any(run => run.Phase == RunPhase.Orphaned)
                            ? Reason.OrphanPossible("A recorder may still be in the channel: its start was never answered with a sid.")
                        : stop.Reason switch
                        {
                            EndReason.Requested => null,
                            EndReason.MaxDuration => recording.ConfirmedAt is null
                                ? recording.Reason ?? Reason.Unproven("No recorder was proven to run within the maximum duration.")
                                : null,
                            EndReason.Idle => Reason.NobodyPublished(
                                "Nobody published in the channel for longer than the room type allows."
                            ),
                            _ => recording.Reason,
                        },
                };
            }
        }

        /// <summary>
        /// Keeps the newest proven run and calls every other one off that was to carry the recording. One that an operator wants replaced is kept
        /// until its successor is proven, so that nothing of the class is missed.
        /// </summary>
        private bool DismissSurplus()
        {
            var proven = recording.Runs.Where(run => run.Phase == RunPhase.Recording).ToList();
            var lasting = proven.Any(run => run.ReplacedBy is null) ? proven.Where(run => run.ReplacedBy is null) : proven;
            if ((options.KeptOnReturn == KeptRecorder.Newest ? lasting.LastOrDefault() : lasting.FirstOrDefault()) is not { } keeper)
            {
                return false;
            }

            foreach (
                var run in recording
                    .Runs.Where(run => run.Carries && run.InFlight is null && run.Generation != keeper.Generation && !IsSuccessor(run))
                    .ToList()
            )
            {
                Apply(new LeaveOrdered(now, run.Generation, Surplus: true));
            }

            return true;
        }

        private void PlanNext()
        {
            // Runs that were called off because another one carried on tell nothing about the channel.
            var telling = recording.Runs.Where(run => run.End is not (RunEnd.Surplus or RunEnd.NeverStarted)).Reverse().ToList();
            var idled = telling[0].End == RunEnd.Idle;
            if (idled && recording.Policy.OnIdleExit == IdleExit.Complete)
            {
                Order(EndReason.Idle, FirstSilence());
                DismissAll();
                return;
            }

            // Only a query proves that a recorder lives on; files that it left as it died would make every replacement an immediate one.
            var wait = idled
                ? LifecycleOptions.Rung(options.ResumeLadder, telling.TakeWhile(run => run.End == RunEnd.Idle).Count() - 1)
                : LifecycleOptions.Rung(options.ReplacementLadder, Math.Max(0, telling.TakeWhile(IsShortLived).Count() - 1));
            Plan(wait);
        }

        private void Plan(TimeSpan wait)
        {
            var generation = recording.Runs.Count + 1;
            recording = recording with
            {
                Runs =
                [
                    .. recording.Runs,
                    new Run
                    {
                        Generation = generation,
                        Phase = RunPhase.Planned,
                        DueAt = now + wait,
                    },
                ],
            };
            notes.Add(
                new(
                    now,
                    NoteKind.Decision,
                    generation,
                    wait == TimeSpan.Zero ? "Another recorder is started." : $"Another recorder is started in {wait.TotalSeconds:0} s."
                )
            );
        }

        /// <summary>Whether a recorder was never proven or died soon after: one that others like it would only repeat.</summary>
        private bool IsShortLived(Run run) =>
            run.LastProofAt is null || (run.EndedAt ?? run.DoubtSince ?? run.LastProofAt) - run.ProvenAt < options.ShortLife;

        /// <summary>When the channel fell silent: the end of the last run that heard anybody, else of the first run.</summary>
        private DateTimeOffset FirstSilence()
        {
            var witness = recording.Runs.LastOrDefault(run => run.SawMedia) ?? recording.Runs[0];
            return witness.EndedAt ?? witness.DoubtSince ?? now;
        }

        private Run RunOf(RunEvent @event) => recording.Runs[@event.Generation - 1];

        private void Put(Run run)
        {
            var runs = recording.Runs.ToArray();
            runs[run.Generation - 1] = run;
            recording = recording with { Runs = runs };
        }
    }
}
