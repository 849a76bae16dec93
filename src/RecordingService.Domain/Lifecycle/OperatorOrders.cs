using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Lifecycle;

public static partial class StateMachine
{
    /// <summary>What an operator's action means to the recording as a whole.</summary>
    private sealed partial class Deliberation
    {
        private void TakeIn(OperatorActed acted)
        {
            // A stop that came in before it counts first.
            OrderEndIfDue();
            var told = notes.Count;
            if (acted.Action == OperatorAction.Close && recording.Closure is not null)
            {
                notes.Add(new(acted.At, NoteKind.Decision, null, "It was closed already."));
                return;
            }

            if (recording.MakesSense(acted.Action))
            {
                if (acted.Action == OperatorAction.Close)
                {
                    Close(acted);
                }

                for (var generation = 1; generation <= recording.Runs.Count; generation++)
                {
                    Apply(OrderTo(acted, generation));
                }
            }

            if (notes.Count == told)
            {
                var state = recording.State.ToString().ToLowerInvariant();
                notes.Add(
                    new(acted.At, NoteKind.Decision, null, $"There is nothing left to {Verb(acted.Action)}: the recording is {state}.")
                );
            }
        }

        private static RunEvent OrderTo(OperatorActed acted, int generation) =>
            acted.Action switch
            {
                OperatorAction.Recheck => new RecheckOrdered(acted.At, generation),
                OperatorAction.Replace => new ReplaceOrdered(acted.At, generation),
                OperatorAction.Close => new CloseOrdered(acted.At, generation),
            };

        private static string Verb(OperatorAction action) => action.ToString().ToLowerInvariant();

        private void Close(OperatorActed acted)
        {
            var closure = new Closure(acted.At, acted.Operator, acted.Note);
            recording = recording with { Closure = closure, Reason = Reason.ClosedByOperator(closure) };
            notes.Add(
                new(
                    acted.At,
                    NoteKind.Decision,
                    null,
                    "An operator closed it as lost: what may still run is stopped once, and what may be in the bucket is not waited for."
                )
            );
            Order(EndReason.Failed, acted.At);
        }

        /// <summary>One attempt for each order: where the other recorder did not come to run, the one that was to be replaced goes on.</summary>
        private void KeepWhatIsNotReplaced()
        {
            foreach (var run in recording.Runs.Where(run => run.Carries && HasNoSuccessor(run)).ToList())
            {
                Put(run with { ReplacedBy = null });
                notes.Add(
                    new(now, NoteKind.Alert, run.Generation, "The recorder that was to take over did not come to run; this one goes on.")
                );
            }
        }

        private bool HasNoSuccessor(Run run) =>
            run.ReplacedBy is { } generation && generation <= recording.Runs.Count && !recording.Runs[generation - 1].Carries;

        private bool IsSuccessor(Run run) => recording.Runs.Any(other => other.Carries && other.ReplacedBy == run.Generation);
    }
}
