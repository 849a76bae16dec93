using RecordingService.Domain;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Makes the calls that were decided and turns their answers into events.</summary>
internal sealed class AgoraCalls(IAgora agora, IRecordingFiles files, RecordingClock clock, TimeProvider time, LifecycleOptions lifecycle)
{
    /// <summary>Makes one call. Nothing that Agora or a bucket does makes it throw; only cancellation does.</summary>
    public async Task<Answered> MakeAsync(Recording recording, Call call, CancellationToken cancellationToken)
    {
        var run = recording.Runs[call.Generation - 1];
        switch (call.Operation)
        {
            case RunOperation.Acquire:
            {
                var result = await agora.AcquireAsync(
                    new(
                        recording.Project,
                        recording.Channel,
                        run.RecorderUid!.Value,
                        lifecycle.ControlPeriod,
                        run.Parameters!.Mode,
                        run.Parameters.StorageProfile
                    ),
                    cancellationToken
                );
                return Answer(new AcquireAnswered(clock.Now, call.Generation, call.Stamp, result), result, run);
            }
            case RunOperation.Start:
            {
                var result = await agora.StartAsync(
                    new(recording.Project, recording.Channel, run.RecorderUid!.Value, run.ResourceId!, run.Parameters!),
                    cancellationToken
                );
                return Answer(
                    new StartAnswered(clock.Now, call.Generation, call.Stamp, run.ResourceId!, result),
                    result,
                    run,
                    result.Value?.Sid
                );
            }
            case RunOperation.Query:
            {
                var result = await agora.QueryAsync(Recorder(), cancellationToken);
                return Answer(new QueryAnswered(clock.Now, call.Generation, call.Stamp, result), result, run);
            }
            case RunOperation.Stop:
            {
                var result = await agora.StopAsync(Recorder(), cancellationToken);
                return Answer(new StopAnswered(clock.Now, call.Generation, call.Stamp, result), result, run);
            }
            case RunOperation.InspectFiles:
            {
                var started = time.GetTimestamp();
                var inspection = await files.InspectAsync(FilesOf(recording, run), cancellationToken);
                return new(
                    new FilesInspected(clock.Now, call.Generation, call.Stamp, inspection),
                    new LogDetail { Operation = "inspect", DurationMs = (int)time.GetElapsedTime(started).TotalMilliseconds }
                );
            }
            case RunOperation.UpdateLayout:
            {
                var desired = recording.Wishes.Layout!;
                return Changed(desired.Version, await agora.UpdateLayoutAsync(Recorder(), desired.Value, cancellationToken));
            }
            case RunOperation.UpdateSubscription:
            {
                var desired = recording.Wishes.Subscription!;
                return Changed(desired.Version, await agora.UpdateSubscriptionAsync(Recorder(), desired.Value, cancellationToken));
            }
            case RunOperation.RenewStorage:
                return Changed(0, await agora.RenewStorageAsync(Recorder(), run.Parameters!.FileNamePrefix, cancellationToken));
            case RunOperation.FindSid:
            {
                var started = time.GetTimestamp();
                var search = await files.FindSidAsync(run.Parameters!.StorageProfile, run.Parameters.FileNamePrefix, cancellationToken);
                return new(
                    new SidSearched(clock.Now, call.Generation, call.Stamp, search),
                    new LogDetail
                    {
                        Operation = "findSid",
                        DurationMs = (int)time.GetElapsedTime(started).TotalMilliseconds,
                        Sid = search.Sid,
                    }
                );
            }
            default:
                throw new InvalidOperationException($"No such operation: {call.Operation}.");
        }

        Answered Changed(int version, AgoraResult<UpdatedRecorder> result) =>
            Answer(new ChangeAnswered(clock.Now, call.Generation, call.Stamp, call.Operation, version, result), result, run);

        RecorderCall Recorder() =>
            new(
                recording.Project,
                recording.Channel,
                run.RecorderUid!.Value,
                run.ResourceId!,
                run.Sid!,
                run.Parameters!.Mode,
                run.Parameters.StorageProfile,
                run.Parameters.StreamTypes
            );

        Answered Answer<T>(Outcome outcome, AgoraResult<T> result, Run of, string? sid = null)
            where T : class =>
            new(
                outcome,
                new LogDetail
                {
                    Operation = NameOf(call.Operation),
                    Host = result.Exchange.Host,
                    HttpStatus = result.Exchange.HttpStatus,
                    Code = result.Exchange.Code,
                    RequestId = result.Exchange.RequestId,
                    DurationMs = (int)result.Exchange.Duration.TotalMilliseconds,
                    Sid = sid,
                    RecorderUid = of.RecorderUid,
                    Failure = result.Failure?.Kind.ToString(),
                },
                result.Failure
            );
    }

    /// <summary>Agora's own word for the call.</summary>
    private static string NameOf(RunOperation operation) =>
        operation switch
        {
            RunOperation.UpdateLayout => "updateLayout",
            RunOperation.UpdateSubscription or RunOperation.RenewStorage => "update",
            _ => operation.ToString().ToLowerInvariant(),
        };

    /// <summary>The playlist of a run by the naming rule, once its sid is known.</summary>
    public Uri? PlaylistOf(Recording recording, Run run) =>
        run is { Sid: not null, Parameters: not null } ? files.PlaylistUrl(FilesOf(recording, run)) : null;

    /// <summary>Its name by the same rule, where the storage profile has no public address, too.</summary>
    public string? PlaylistNameOf(Recording recording, Run run) =>
        run is { Sid: not null, Parameters: not null } ? files.PlaylistName(FilesOf(recording, run)) : null;

    private static RunFiles FilesOf(Recording recording, Run run) =>
        new(
            run.Parameters!.StorageProfile,
            run.Parameters.FileNamePrefix,
            run.Sid!,
            recording.Channel,
            run.Parameters.Mode,
            run.Named,
            run.Parameters.SnapshotsOnly,
            run.MovesInSilence
        );
}

/// <summary>The outcome of a call, the facts of its exchange, and why Agora did not do it.</summary>
internal sealed record Answered(Outcome Outcome, LogDetail Detail, AgoraFailure? Failure = null);
