namespace RecordingService.Client.Tests.Support;

/// <summary>A client of a server, with the HttpClient that a program would give it.</summary>
internal sealed class TestClient : IDisposable
{
    public const string Key = "rsk_7Hq2_3vYt0WcN8sPdKfLb1uRgXzQeJmAoI5i";

    public static readonly Guid Id = Guid.Parse("019900b7-e200-7cc1-9d6e-0f2b7c1d8a11");

    public TestClient(Uri address, RecordingClientOptions? options = null)
    {
        Http = new HttpClient { BaseAddress = address };
        Api = new RecordingClient(Http, options ?? Patient(new SkippingTime()));
    }

    public HttpClient Http { get; }

    public RecordingClient Api { get; }

    /// <summary>Options with a clock that skips the waits between attempts; the waits are drawn as long as they may be.</summary>
    public static RecordingClientOptions Patient(SkippingTime time, int attempts = 4, double draw = 1) =>
        new()
        {
            TimeProvider = time,
            MaxAttempts = attempts,
            AttemptTimeout = SkippingTime.Never,
            StreamSilence = SkippingTime.Never,
            Draw = () => draw,
        };

    public static StartRecordingRequest Start(string channel = "maths-7b") => new() { Channel = channel, RoomType = "lecture" };

    public void Dispose() => Http.Dispose();
}
