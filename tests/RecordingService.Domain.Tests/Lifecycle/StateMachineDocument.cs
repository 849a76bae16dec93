using System.Text;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>Writes the page about the state machine from the catalogue that drives it.</summary>
internal static class StateMachineDocument
{
    public static string Write()
    {
        var page = new StringBuilder();
        page.Append(
            """
            # The state machine

            <!-- Generated from the catalogue by the tests of the Domain; refresh: UPDATE_DOCS=1 dotnet test --project tests/RecordingService.Domain.Tests -->

            A recording holds runs; a run is one Agora recording task. Each run goes through the phases below, driven by events. For
            each pair of phase and event the rows of the catalogue are tried in order, and the first whose condition holds is taken.
            The public state of the recording is derived from its runs and from the order to end.

            ## Phases of a run

            ```mermaid
            stateDiagram-v2
                [*] --> Planned

            """
        );
        foreach (var arrow in Arrows())
        {
            page.Append("    ").Append(arrow).Append('\n');
        }

        page.Append(
            """
                Orphaned --> [*]
                Closed --> [*]
            ```

            ## Public states

            The first row that holds is the state.

            | state | holds when |
            |---|---|
            | failed | ended, because it could not be recorded or an operator closed it |
            | uploading | ended, and files are awaited |
            | failed | ended at its maximum duration, and neither an answer of Agora nor a file proves that anything was recorded |
            | aborted | ended by request, and neither an answer of Agora nor a file proves that anything was recorded |
            | completed | ended otherwise |
            | stopping | an end is asked for or ordered |
            | recording | a run is in phase Recording |
            | recovering | it was proven to record once, and no run is in phase Recording now |
            | accepted | the first run is planned and nothing was sent |
            | starting | otherwise |

            Completed, failed and aborted are final. A recorder whose sid becomes known only afterwards is stopped and its files are
            looked for and listed, but they change the state no more.

            ## Actions of operators

            An action goes to every run of the recording, and what it means there stands below: `RecheckOrdered`, `ReplaceOrdered` and
            `CloseOrdered`. A replacement starts the next generation at once and leaves the recorder that it is for in the channel; that one
            is called off as surplus as soon as the other is proven, and goes on if the other does not come to run. A close orders the end of
            what is live; of each run one more stop and one more look into the bucket are waited for, whatever they tell.

            ## Transitions


            """
        );
        Row(page, "from", "event", "condition", "to", "name");
        Row(page, "---", "---", "---", "---", "---");
        foreach (var row in Catalogue.Transitions)
        {
            Row(page, Names(row.From), $"{row.On}", row.Condition ?? "", Targets(row), row.Name);
        }

        page.Append("\n## Ignored on purpose\n\n");
        Row(page, "in", "event", "because");
        Row(page, "---", "---", "---");
        foreach (var pair in Catalogue.Ignored)
        {
            Row(page, Names(pair.In), $"{pair.On}", pair.Because);
        }

        return page.ToString();
    }

    /// <summary>Changes of phase, those between the same two phases on one arrow.</summary>
    private static IEnumerable<string> Arrows() =>
        from row in Catalogue.Transitions
        where !Keeps(row)
        from origin in row.From
        from target in row.To
        where origin != target
        group row.Name by (origin, target) into names
        orderby names.Key.origin, names.Key.target
        select $"{names.Key.origin} --> {names.Key.target}: {string.Join(", ", names.Distinct())}";

    /// <summary>Rows of several phases that name the same phases as targets stay in the phase that they found.</summary>
    private static bool Keeps(Transition row) => row.From.SequenceEqual(row.To);

    private static string Targets(Transition row) => Keeps(row) ? "(unchanged)" : Names(row.To);

    private static string Names(IEnumerable<RunPhase> phases) => string.Join(", ", phases);

    private static void Row(StringBuilder page, params string[] cells) =>
        page.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
}
