using System.Globalization;

namespace RecordingService.Chaos.Verdicts;

/// <summary>A promise of the service that a run broke.</summary>
/// <param name="What">The promise and the figure.</param>
/// <param name="Channels">Where.</param>
internal sealed record Violation(string What, IReadOnlyList<string> Channels);

/// <summary>What must hold of the service after a run.</summary>
internal static class Invariants
{
    /// <summary>Least share of class time that is recorded.</summary>
    public const double LeastCoverage = 0.99;

    /// <summary>Largest share of class time that is recorded twice; below it.</summary>
    public const double MostDoubled = 0.02;

    /// <summary>Least share of any one class that is recorded.</summary>
    public const double LeastOfAClass = 0.75;

    /// <summary>Largest share of classes of which it is not known whether their files are there.</summary>
    public const double MostUnjudged = 0.02;

    private const int WorstTold = 10;

    /// <summary>Lists what does not hold.</summary>
    /// <param name="service">The service.</param>
    /// <param name="plain">The clients to compare with.</param>
    /// <param name="comparesClients">Whether a plain client must do worse; where nothing goes wrong, it need not.</param>
    public static IReadOnlyList<Violation> Check(ClientVerdict service, IReadOnlyList<ClientVerdict> plain, bool comparesClients)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(plain);
        List<Violation> violations = [];
        if (service.Coverage < LeastCoverage)
        {
            Add(
                $"coverage is {service.Coverage:0.0000}, less than {LeastCoverage:0.00}",
                service.Classes.Where(one => one.Coverage < LeastCoverage).OrderBy(one => one.Coverage).Take(WorstTold)
            );
        }

        if (service.Lost > 0)
        {
            Add($"{service.Lost} classes are lost", service.Classes.Where(one => one.IsLost));
        }

        if (service.Classes.Where(one => one.Coverage < LeastOfAClass).ToList() is { Count: > 0 } thin)
        {
            Add($"{thin.Count} classes are recorded for less than {LeastOfAClass:0.00}", thin);
        }

        if (service.Unjudged > MostUnjudged)
        {
            Add(
                $"the files of {service.Unjudged:P1} of the classes are not verified, more than {MostUnjudged:P0}",
                service.Classes.Where(one => one.IsUnjudged)
            );
        }

        if (service.Classes.Where(one => one.Outliving > 0).ToList() is { Count: > 0 } outlived)
        {
            Add($"{outlived.Count} recordings were told to be over while a recorder was still in their channel", outlived);
        }

        if (service.Stuck > 0)
        {
            Add(
                $"{service.Stuck} recordings are not final {ClassVerdict.Patience.TotalMinutes:0} min after their stop",
                service.Classes.Where(one => one.IsStuck)
            );
        }

        foreach (var untrue in service.Classes.Where(one => one.Untruth is not null))
        {
            Add($"wrong final state: {untrue.Untruth}", [untrue]);
        }

        if (service.Doubled >= MostDoubled)
        {
            Add(
                $"{service.Doubled:P2} of class time is recorded twice, not less than {MostDoubled:P0}",
                service.Classes.Where(one => one.DoubledSeconds > 0).OrderByDescending(one => one.DoubledSeconds).Take(WorstTold)
            );
        }

        foreach (var client in plain.Where(client => comparesClients && client.Coverage >= service.Coverage))
        {
            Add($"client '{client.Client}' covers {client.Coverage:0.0000}, no less than the service with {service.Coverage:0.0000}", []);
        }

        return violations;

        void Add(FormattableString what, IEnumerable<ClassVerdict> classes) =>
            violations.Add(new Violation(what.ToString(CultureInfo.InvariantCulture), [.. classes.Select(one => one.Channel)]));
    }
}
