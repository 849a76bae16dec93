using System.Security.Cryptography;
using System.Text;

namespace RecordingService.Simulation;

/// <summary>Refuses what never reaches the service: unknown routes, wrong credentials, unknown App IDs, too many calls.</summary>
internal sealed class AgoraGateway(SimulatorOptions options, RecordingClock clock)
{
    private const string Scheme = "Basic ";

    private readonly Dictionary<string, (SimulatedProject Project, RateLimit Rate)> projects = options.Projects.ToDictionary(
        project => project.AppId,
        project => (project, new RateLimit(project.RequestsPerSecond, options.RateWindow))
    );

    /// <summary>Lets a call through to its project, or answers it.</summary>
    public AgoraAnswer? Refuse(string appId, string? authorization, out SimulatedProject project)
    {
        project = projects.TryGetValue(appId, out var known) ? known.Project : options.Projects[0];
        if (string.IsNullOrEmpty(authorization))
        {
            return AgoraAnswer.Gateway(401, "Unauthorized");
        }

        var isKnown = known.Project is not null;
        if (!options.Projects.Any(candidate => (!isKnown || candidate == known.Project) && HasCredentials(authorization, candidate)))
        {
            return AgoraAnswer.Gateway(401, "Invalid authentication credentials");
        }

        if (!isKnown)
        {
            return AgoraAnswer.Gateway(400, "appid is invalid");
        }

        return known.Rate.Admit(clock.Now) ? null : AgoraAnswer.Gateway(429, "API rate limit exceeded");
    }

    private static bool HasCredentials(string authorization, SimulatedProject project)
    {
        var expected = Scheme + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{project.CustomerKey}:{project.CustomerSecret}"));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(authorization), Encoding.UTF8.GetBytes(expected));
    }
}
