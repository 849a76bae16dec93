using System.Collections.Concurrent;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Tests.Engine.Support;

/// <summary>An Agora that answers as a test says, and remembers what it was asked.</summary>
internal sealed class ScriptedAgora : IAgora
{
    private int number;

    public ScriptedAgora()
    {
        Acquire = _ => Task.FromResult(Ok(new AcquiredResource($"resource-{Interlocked.Increment(ref number)}")));
        Start = _ => Task.FromResult(Ok(new StartedRecorder($"sid-{Interlocked.Increment(ref number)}")));
        Query = _ => Task.FromResult(Ok(new RecorderStatus(5, [], null)));
        Stop = _ => Task.FromResult(Ok(new StoppedRecorder(UploadStatus.Uploaded, [])));
        Update = _ => Task.FromResult(Ok(new UpdatedRecorder()));
    }

    public Func<AcquireCall, Task<AgoraResult<AcquiredResource>>> Acquire { get; set; }
    public Func<StartCall, Task<AgoraResult<StartedRecorder>>> Start { get; set; }
    public Func<RecorderCall, Task<AgoraResult<RecorderStatus>>> Query { get; set; }
    public Func<RecorderCall, Task<AgoraResult<StoppedRecorder>>> Stop { get; set; }

    public Func<object, Task<AgoraResult<UpdatedRecorder>>> Update { get; set; }

    public ConcurrentQueue<AcquireCall> Acquires { get; } = [];
    public ConcurrentQueue<StartCall> Starts { get; } = [];
    public ConcurrentQueue<RecorderCall> Queries { get; } = [];
    public ConcurrentQueue<RecorderCall> Stops { get; } = [];

    /// <summary>Layouts, subscriptions and storage prefixes, in the order in which they were sent.</summary>
    public ConcurrentQueue<object> Updates { get; } = [];

    public static AgoraResult<T> Ok<T>(T value)
        where T : class => new(value, null, Exchange(200));

    public static AgoraResult<T> Failed<T>(AgoraFailureKind kind)
        where T : class => new(null, new(kind, $"Scripted: {kind}."), Exchange(null));

    public Task<AgoraResult<AcquiredResource>> AcquireAsync(AcquireCall call, CancellationToken cancellationToken)
    {
        Acquires.Enqueue(call);
        return Acquire(call);
    }

    public Task<AgoraResult<StartedRecorder>> StartAsync(StartCall call, CancellationToken cancellationToken)
    {
        Starts.Enqueue(call);
        return Start(call);
    }

    public Task<AgoraResult<RecorderStatus>> QueryAsync(RecorderCall call, CancellationToken cancellationToken)
    {
        Queries.Enqueue(call);
        return Query(call);
    }

    public Task<AgoraResult<StoppedRecorder>> StopAsync(RecorderCall call, CancellationToken cancellationToken)
    {
        Stops.Enqueue(call);
        return Stop(call);
    }

    public Task<AgoraResult<UpdatedRecorder>> UpdateLayoutAsync(RecorderCall call, MixLayout layout, CancellationToken cancellationToken) =>
        UpdateWith(layout);

    public Task<AgoraResult<UpdatedRecorder>> UpdateSubscriptionAsync(
        RecorderCall call,
        Subscription subscription,
        CancellationToken cancellationToken
    ) => UpdateWith(subscription);

    public Task<AgoraResult<UpdatedRecorder>> RenewStorageAsync(
        RecorderCall call,
        IReadOnlyList<string> fileNamePrefix,
        CancellationToken cancellationToken
    ) => UpdateWith(fileNamePrefix);

    private Task<AgoraResult<UpdatedRecorder>> UpdateWith(object state)
    {
        Updates.Enqueue(state);
        return Update(state);
    }

    private static AgoraExchange Exchange(int? status) => new("scripted", status, null, null, TimeSpan.FromMilliseconds(1));
}

/// <summary>A bucket in which every file is there.</summary>
internal sealed class CompleteFiles : IRecordingFiles
{
    public Uri? PlaylistUrl(RunFiles run) => new($"https://files.example/{PlaylistName(run)}");

    public string? PlaylistName(RunFiles run) => $"{run.Sid}.m3u8";

    public Task<FilesInspection> InspectAsync(RunFiles run, CancellationToken cancellationToken) =>
        Task.FromResult(new FilesInspection(FilesVerdict.Complete, [], PlaylistUrl(run), "All files are there."));

    public bool RenewsCredentials(string storageProfile) => false;

    public bool CanFindSid(string storageProfile) => Sid is not null;

    /// <summary>The sid that a search finds, or null for a bucket that cannot be listed.</summary>
    public string? Sid { get; set; }

    public Task<SidSearch> FindSidAsync(string storageProfile, IReadOnlyList<string> fileNamePrefix, CancellationToken cancellationToken) =>
        Task.FromResult(new SidSearch(Sid, "Scripted."));
}

/// <summary>A call that a test holds back until it lets it go.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when somebody stands before the gate.</summary>
    public Task Reached => reached.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public void Open() => open.TrySetResult();

    public async Task PassAsync()
    {
        reached.TrySetResult();
        await open.Task;
    }
}
