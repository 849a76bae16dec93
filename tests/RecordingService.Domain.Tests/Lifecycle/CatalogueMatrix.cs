using System.Collections.Concurrent;
using System.Reflection;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>The catalogue answers everything, and nothing in it is dead.</summary>
public sealed class CatalogueMatrix(ITestOutputHelper output)
{
    public static TheoryData<RunPhase, string> Pairs =>
        [.. Enum.GetValues<RunPhase>().SelectMany(_ => Enum.GetNames<RunEventKind>(), (phase, kind) => (phase, kind))];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Pair_OfPhaseAndEvent_IsAnsweredForGoodOrIgnoredWithAReason(RunPhase phase, string name)
    {
        var kind = Enum.Parse<RunEventKind>(name);
        var rows = Catalogue.Transitions.Where(row => row.On == kind && row.From.Contains(phase)).ToList();
        var ignored = Catalogue.Ignored.Where(pair => pair.On == kind && pair.In.Contains(phase)).ToList();

        ignored.Count.ShouldBeLessThanOrEqualTo(1);
        ignored.ShouldAllBe(pair => pair.Because.Length > 0);
        if (ignored.Count == 0)
        {
            rows.ShouldNotBeEmpty("neither answered nor ignored");
            Completes(rows, kind).ShouldBeTrue("the last row has a condition, and nothing follows it");
        }

        rows.SkipLast(1).ShouldAllBe(row => !IsUnconditional(row), "nothing is reached after an unconditional row");
    }

    [Fact]
    public void Rows_HaveNamesOfTheirOwn() => Catalogue.Transitions.Select(row => row.Name).ShouldBeUnique();

    [Fact]
    public void Rows_AreAllTaken_AndLeadToEveryPhaseThatTheyName()
    {
        using var coverage = new RowCoverage();
        PlayWhatTakesPatience();
        for (var seed = 0; seed < 1000 && coverage.Missing.Any(); seed++)
        {
            var random = new Random(seed);
            new Life([.. Enumerable.Range(0, 200).Select(_ => random.Next(1_000_000))]).Suffer(300);
        }

        output.WriteLine("From-phases never taken: " + string.Join("; ", coverage.UntakenOrigins));
        coverage.Missing.ShouldBeEmpty();
    }

    [Fact]
    public void Phases_AreAllReachable()
    {
        var reached = new HashSet<RunPhase> { RunPhase.Planned };
        int before;
        do
        {
            before = reached.Count;
            reached.UnionWith(Catalogue.Transitions.Where(row => row.From.Any(reached.Contains)).SelectMany(row => row.To).ToList());
        } while (reached.Count > before);

        reached.ShouldBe(Enum.GetValues<RunPhase>(), ignoreOrder: true);
    }

    /// <summary>Idle exits and every answer about a replaced recorder: random answers seldom stay the same for that long.</summary>
    private static void PlayWhatTakesPatience()
    {
        var notFound = Answer.Of(AgoraFailureKind.RecorderNotFound);
        new Script().On(RunOperation.Query, 1, Answer.Has(4), Answer.Has(4), notFound).PlayToTheEnd();
        new Script().On(RunOperation.Stop, 1, Answer.Of(AgoraFailureKind.ServerError)).Play(60).RequestStop().PlayToTheEnd();
        new NoticeScenarios().S3_StatusTold_ProvesWhereNotificationsCountAsProof();
        NoticeScenarios.MovedWhileNotFound().PlayToTheEnd();
        NoticeScenarios.ToldGoneBeforeItIsMissed(LeaveCause.Failed).PlayToTheEnd();
        new Script()
            .On(RunOperation.Query, 1, Answer.Ok, notFound)
            .Play(126)
            .Tell(1, (sid, at) => new RecorderLeft(sid, 9, at, LeaveCause.Failed, ""));
        foreach (var canFindSid in new[] { true, false })
        {
            OperatorScenarios.In(RunPhase.SidUnknown, canFindSid).Act(OperatorAction.Recheck).Act(OperatorAction.Replace);
        }

        OperatorScenarios
            .In(RunPhase.SidUnknown)
            .On(RunOperation.FindSid, 1, Answer.Withheld)
            .Act(OperatorAction.Recheck)
            .Act(OperatorAction.Recheck)
            .LoseHolder();
        NoticeScenarios
            .Replaced()
            .Tell(1, (sid, at) => new RecorderLeft(sid, 8, at, LeaveCause.Failed, "leaveCode 2"))
            .Tell(1, (sid, at) => new RecorderMoved(sid, 9, at, 4711));
        foreach (var answer in Life.Repertoire)
        {
            new Script().On(RunOperation.Query, 1, Answer.Ok, notFound, notFound, notFound, notFound, answer).Play(600);
        }
    }

    /// <summary>Answers to a query are divided by their meaning first, so each meaning needs a row without a further condition.</summary>
    private static bool Completes(List<Transition> rows, RunEventKind kind) =>
        kind == RunEventKind.QueryAnswered
            ? Enum.GetNames<QueryMeaning>().All(meaning => rows.Any(row => row.Condition == meaning))
            : IsUnconditional(rows[^1]);

    /// <summary>A row without a condition does not look at the situation, so it accepts even none.</summary>
    private static bool IsUnconditional(Transition row)
    {
        try
        {
            return row.Holds(new(null!, null!, null!, null!));
        }
        catch (NullReferenceException)
        {
            return false;
        }
    }

    /// <summary>Notes which rows are taken, from and to which phases, by wrapping what they apply.</summary>
    private sealed class RowCoverage : IDisposable
    {
        private static readonly FieldInfo ApplyField = typeof(Transition).GetField(
            "<Apply>k__BackingField",
            BindingFlags.Instance | BindingFlags.NonPublic
        )!;

        private readonly ConcurrentDictionary<(string Row, RunPhase From), bool> origins = [];
        private readonly ConcurrentDictionary<(string Row, RunPhase To), bool> targets = [];
        private readonly List<(Transition Row, Func<Situation, Step> Apply)> originals = [];

        public RowCoverage()
        {
            foreach (var row in Catalogue.Transitions)
            {
                var apply = row.Apply;
                originals.Add((row, apply));
                ApplyField.SetValue(
                    row,
                    (Situation s) =>
                    {
                        var step = apply(s);
                        origins[(row.Name, s.Run.Phase)] = true;
                        targets[(row.Name, step.Run.Phase)] = true;
                        return step;
                    }
                );
            }
        }

        public IEnumerable<string> Missing =>
            Catalogue
                .Transitions.SelectMany(row => row.To, (row, to) => (row.Name, To: to))
                .Where(pair => !targets.ContainsKey(pair))
                .Select(pair => $"'{pair.Name}' to {pair.To}");

        public IEnumerable<string> UntakenOrigins =>
            Catalogue
                .Transitions.SelectMany(row => row.From, (row, from) => (row.Name, From: from))
                .Where(pair => !origins.ContainsKey(pair))
                .Select(pair => $"'{pair.Name}' from {pair.From}");

        public void Dispose()
        {
            foreach (var (row, apply) in originals)
            {
                ApplyField.SetValue(row, apply);
            }
        }
    }
}
