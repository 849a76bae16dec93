namespace RecordingService.Simulation;

/// <summary>Asks the simulator that runs beside it for its health; for images that have no curl.</summary>
internal static class HealthCheck
{
    public const string Argument = "--healthcheck";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <returns>The exit code: 0 healthy, 1 not.</returns>
    public static async Task<int> RunAsync(SimulatorOptions options)
    {
        var url = options.SideUrl is { Length: > 0 } side ? side : options.Urls.FirstOrDefault();
        if (url is null)
        {
            return 1;
        }

        var address = new UriBuilder(url.Replace("*", "localhost", StringComparison.Ordinal)) { Path = "/health" };
        address.Host = address.Host is "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            using var response = await client.GetAsync(address.Uri);
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return 1;
        }
    }
}
