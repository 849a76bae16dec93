namespace RecordingService.Simulation;

internal static class SimulatorOptionsValidator
{
    /// <exception cref="ArgumentException">The options contradict themselves.</exception>
    public static void Validate(SimulatorOptions options)
    {
        Require(options.Factor >= 1 && double.IsFinite(options.Factor), "Factor is at least 1.");
        Require(options.Factor == 1 || options.RealFrom is not null, "RealFrom is required when Factor is not 1.");
        Require(options.Projects.Count > 0, "Projects names at least one project.");
        Require(options.Projects.All(p => IsHex32(p.AppId)), "Projects: AppId has 32 hexadecimal digits.");
        Require(
            options.Projects.All(p => string.IsNullOrEmpty(p.Certificate) || IsHex32(p.Certificate)),
            "Projects: Certificate has 32 hexadecimal digits."
        );
        Require(options.Projects.Select(p => p.AppId).Distinct().Count() == options.Projects.Count, "Projects: each AppId once.");
        Require(options.Buckets.All(b => b.Name.Length > 0), "Buckets: each has a Name.");
        Require(
            options.SliceLength >= TimeSpan.FromSeconds(1) && options.SliceLength.Ticks % TimeSpan.TicksPerSecond == 0,
            "SliceLength is in whole seconds, at least 1."
        );
        Require(
            options.StartingAfter <= options.PartlyReadyAfter && options.PartlyReadyAfter <= options.ReadyAfter,
            "StartingAfter, PartlyReadyAfter and ReadyAfter rise."
        );
        Require(
            options.Notifications.Projects.All(p => options.Projects.Any(known => known.AppId == p.AppId)),
            "Notifications: each project exists."
        );
        Require(options.RateWindow > TimeSpan.Zero, "RateWindow is positive.");
    }

    private static bool IsHex32(string text) => text.Length == 32 && text.All(char.IsAsciiHexDigit);

    private static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"{SimulatorOptions.Section}: {rule}");
        }
    }
}
