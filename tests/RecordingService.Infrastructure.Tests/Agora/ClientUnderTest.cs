using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Agora.Notifications;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Tests.Agora;

/// <summary>The client as the service registers it, with short time-outs and everything that it logs.</summary>
internal sealed class ClientUnderTest : IAsyncDisposable
{
    public const string AppId = "970CA35de60c44645bbae8a215061b33";
    public const string Certificate = "5CFd2fd1755d40ecb72977518be15d3b";
    public const string CustomerSecret = "customer-secret-value";
    public const string SecretKey = "storage-secret-value";

    private readonly ServiceProvider _services;

    public ClientUnderTest(string[] hosts, params (string Key, string? Value)[] overrides)
        : this(hosts, _ => { }, overrides) { }

    public ClientUnderTest(string[] hosts, Action<IServiceCollection> register, params (string Key, string? Value)[] overrides)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Agora:ConnectTimeout"] = "00:00:01",
            ["Agora:AttemptTimeout"] = "00:00:02",
            ["Agora:Projects:school:AppId"] = AppId,
            ["Agora:Projects:school:CustomerKey"] = "customer-key",
            ["Agora:Projects:school:CustomerSecret"] = CustomerSecret,
            ["Agora:Projects:school:Certificate"] = Certificate,
            ["Agora:Projects:school:StorageProfile"] = "main",
            ["Storage:Profiles:main:Vendor"] = "AmazonS3",
            ["Storage:Profiles:main:Region"] = "us-east-2",
            ["Storage:Profiles:main:Bucket"] = "rec-prod",
            ["Storage:Profiles:main:AccessKey"] = "access-key",
            ["Storage:Profiles:main:SecretKey"] = SecretKey,
        };
        for (var i = 0; i < hosts.Length; i++)
        {
            settings[$"Agora:Projects:school:Hosts:{i}"] = hosts[i];
        }

        foreach (var (key, value) in overrides)
        {
            settings[key] = value;
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection();
        register(services);
        _services = services
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log))
            .AddStorage(configuration)
            .AddAgora(configuration)
            .BuildServiceProvider();
        Agora = _services.GetRequiredService<IAgora>();
        Notifications = _services.GetRequiredService<AgoraNotifications>();
    }

    public IAgora Agora { get; }

    public AgoraNotifications Notifications { get; }

    public RecordedLog Log { get; } = new();

    public static StartParameters Parameters { get; } =
        new()
        {
            Mode = RecordingMode.Mix,
            ChannelProfile = ChannelProfile.Live,
            StreamTypes = StreamTypes.AudioAndVideo,
            Quality = new VideoQuality(1280, 720, 15, 2260),
            MixLayout = new() { Kind = VideoLayout.BestFit },
            Mp4 = false,
            MaxIdleTime = TimeSpan.FromMinutes(10),
            TokenIssuedAt = DateTimeOffset.FromUnixTimeSeconds(1111111),
            TokenLifetime = TimeSpan.FromSeconds(600),
            TokenSalt = 1,
            StorageProfile = "main",
            FileNamePrefix = ["tenant42", "r1"],
        };

    public static AcquireCall Acquire { get; } = new("school", "consult-20417", 900_001, TimeSpan.FromHours(24), RecordingMode.Mix, "main");

    public static StartCall Start { get; } = new("school", "consult-20417", 900_001, "res-1", Parameters);

    public static RecorderCall Recorder { get; } = new("school", "consult-20417", 900_001, "res-1", "sid1", RecordingMode.Mix, "main");

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

internal sealed class RecordedLog : ILoggerProvider, ILogger
{
    private readonly List<string> _lines = [];

    public string Text
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        lock (_lines)
        {
            _lines.Add(formatter(state, exception));
        }
    }

    public void Dispose() { }
}
