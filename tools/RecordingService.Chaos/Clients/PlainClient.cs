using RecordingService.Chaos.Running;
using RecordingService.Chaos.Timetables;
using RecordingService.Chaos.Verdicts;

namespace RecordingService.Chaos.Clients;

/// <summary>Acquires, starts when the class begins, stops when it ends, and believes what it is told; how often it asks is its kind's business.</summary>
internal abstract class PlainClient(IReadOnlyList<string> appIds, RunClock clock) : IRecordingClient
{
    private const int Done = 200;
    private const int NothingRecorded = 206;

    /// <summary>Gets whether it asks for stops that do not wait for the upload.</summary>
    protected abstract bool StopsAsynchronously { get; }

    /// <inheritdoc/>
    public async Task<ClientOutcome> RecordAsync(ClassPlan plan, string channel, DateTimeOffset begin, CancellationToken cancellationToken)
    {
        var appId = appIds[plan.Project];
        await clock.WaitUntilAsync(begin + plan.Start, cancellationToken);
        var askedAt = clock.Now;
        var acquired = await SendAsync(appId, AgoraApi.Acquire(channel), cancellationToken);
        var resourceId = acquired is { Status: Done } ? acquired.Text("resourceId") : "";
        var started = resourceId.Length > 0 ? await SendAsync(appId, AgoraApi.Start(channel, resourceId), cancellationToken) : null;
        var sid = started is { Status: Done } ? started.Text("sid") : "";
        if (sid.Length == 0)
        {
            var why = resourceId.Length > 0 ? "start" : "acquire";
            return new ClientOutcome(askedAt, begin + plan.Stop, clock.Now, Told.Failed, $"{why} answered {Words(started ?? acquired)}");
        }

        await clock.WaitUntilAsync(begin + plan.Stop, cancellationToken);
        var stopAskedAt = clock.Now;
        var stopped = await SendAsync(appId, AgoraApi.Stop(channel, resourceId, sid, StopsAsynchronously), cancellationToken);
        var told = stopped?.Status switch
        {
            Done => Told.Complete,
            NothingRecorded => Told.Empty,
            _ => Told.Nothing,
        };
        return new ClientOutcome(askedAt, stopAskedAt, told == Told.Nothing ? null : clock.Now, told, $"stop answered {Words(stopped)}");
    }

    /// <summary>Makes a call, as often as its kind does.</summary>
    /// <returns>The last answer, or null when none came.</returns>
    protected abstract Task<AgoraReply?> SendAsync(string appId, AgoraCall call, CancellationToken cancellationToken);

    private static string Words(AgoraReply? reply) => reply is null ? "nothing" : $"{reply.Status}";
}
