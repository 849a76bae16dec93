using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using static RecordingService.Domain.AgoraFailureKind;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>What the other side says to a call. An answer fits any operation, so that one table can try it on all of them.</summary>
public sealed record Answer(string Name)
{
    public static readonly Uri Playlist = new("https://files.example/playlist.m3u8");

    public AgoraFailureKind? Failure { get; init; }
    public TimeSpan? RetryAfter { get; init; }
    public int Status { get; init; } = 5;
    public bool NamesFiles { get; init; }
    public FilesVerdict Verdict { get; init; } = FilesVerdict.Complete;

    /// <summary>Version of a change that is answered.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Whether no answer comes at all until the holder vanishes.</summary>
    public bool IsWithheld { get; init; }

    public static Answer Ok { get; } = new("ok") { NamesFiles = true };
    public static Answer OkWithoutFiles { get; } = new("ok, no file named");
    public static Answer Withheld { get; } = new("withheld") { IsWithheld = true };

    public static Answer Of(AgoraFailureKind failure, TimeSpan? retryAfter = null) =>
        new(failure.ToString()) { Failure = failure, RetryAfter = retryAfter };

    public static Answer Has(int status, bool files = false) =>
        new($"status {status}{(files ? " with files" : "")}") { Status = status, NamesFiles = files };

    public static Answer Bucket(FilesVerdict verdict) => new($"bucket {verdict}") { Verdict = verdict };

    public Outcome To(Call call, Run run, DateTimeOffset at)
    {
        var named = NamesFiles ? new[] { new AgoraFile($"{run.Sid}_class.m3u8") } : [];
        return call.Operation switch
        {
            RunOperation.Acquire => new AcquireAnswered(
                at,
                call.Generation,
                call.Stamp,
                Of(new AcquiredResource($"resource-{call.Generation}.{call.Stamp}"))
            ),
            RunOperation.Start => new StartAnswered(
                at,
                call.Generation,
                call.Stamp,
                run.ResourceId!,
                Of(new StartedRecorder($"sid-{call.Generation}"))
            ),
            RunOperation.Query => new QueryAnswered(at, call.Generation, call.Stamp, Of(new RecorderStatus(Status, named, null))),
            RunOperation.Stop => new StopAnswered(at, call.Generation, call.Stamp, Of(new StoppedRecorder(UploadStatus.Uploaded, named))),
            RunOperation.InspectFiles => new FilesInspected(at, call.Generation, call.Stamp, Inspection()),
            RunOperation.FindSid => new SidSearched(
                at,
                call.Generation,
                call.Stamp,
                new(NamesFiles && Failure is null ? $"sid-{call.Generation}" : null, "The bucket was searched.")
            ),
            RunOperation.UpdateLayout or RunOperation.UpdateSubscription or RunOperation.RenewStorage => new ChangeAnswered(
                at,
                call.Generation,
                call.Stamp,
                call.Operation,
                Version,
                Of(new UpdatedRecorder())
            ),
            _ => throw new InvalidOperationException($"No such operation: {call.Operation}."),
        };
    }

    /// <summary>The version that a change sends.</summary>
    public static int VersionOf(Wishes wishes, RunOperation operation) =>
        operation switch
        {
            RunOperation.UpdateLayout => wishes.Layout!.Version,
            RunOperation.UpdateSubscription => wishes.Subscription!.Version,
            _ => 0,
        };

    public override string ToString() => Name;

    private AgoraResult<T> Of<T>(T value)
        where T : class =>
        new(
            Failure is null ? value : null,
            Failure is { } kind ? new(kind, $"Agora said {kind}.", RetryAfter) : null,
            new(
                "api.example",
                Failure is null ? 200
                    : Failure is NotSent or Unanswered ? null
                    : 400,
                null,
                null,
                TimeSpan.Zero
            )
        );

    private FilesInspection Inspection() =>
        Verdict switch
        {
            FilesVerdict.Complete or FilesVerdict.Incomplete or FilesVerdict.Unfinished or FilesVerdict.Inconclusive => new(
                Verdict,
                [new("playlist.m3u8", Playlist, RecordingFileKind.Playlist, 100, null)],
                Playlist,
                $"The bucket was seen {Verdict}."
            ),
            _ => new(Verdict, [], null, $"The bucket was seen {Verdict}."),
        };
}
