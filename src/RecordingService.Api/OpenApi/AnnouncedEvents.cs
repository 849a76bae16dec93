using System.Xml;
using RecordingService.Api.Events;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.OpenApi;

/// <summary>A kind of event, and one of its kind as an example.</summary>
/// <param name="Type">What happened; its documentation tells when it is sent.</param>
/// <param name="Sequence">Its number among the events of the recording of the examples.</param>
/// <param name="At">When it is told, after the start of the class.</param>
/// <param name="Data">What it tells.</param>
internal sealed record AnnouncedEvent(EventType Type, int Sequence, TimeSpan At, EventDataResource Data);

/// <summary>All kinds of events of recordings, in the order of a recording's life: the section webhooks of the OpenAPI document is made of them.</summary>
internal static class AnnouncedEvents
{
    private static readonly EventDataResource Live = new()
    {
        RecordingId = Examples.RecordingId,
        Project = Examples.Project,
        Channel = Examples.Channel,
        Label = "main",
        ExternalId = "lesson-4711",
        RoomType = Examples.RoomType,
        State = RecordingState.Accepted,
        Files = FilesState.Pending,
        Reason = null,
        Href = $"/v1/recordings/{Examples.RecordingId}",
    };

    private static readonly EventDataResource Ended = Live with { EndReason = EndReason.Requested };

    private static readonly EventReasonResource Died = new("recorder_died", "The recorder left the channel; another one is being started.");

    private static readonly EventUploadResource Upload = new()
    {
        Run = 1,
        PlaylistFileName = Examples.PlaylistFile,
        Progress = 1,
        FileNames = [Examples.PlaylistFile, Examples.SliceFile],
        FileCount = 2,
    };

    public static readonly IReadOnlyList<AnnouncedEvent> All =
    [
        Of(EventType.Accepted, 1, "PT0S", Live),
        Of(EventType.Starting, 2, "PT1S", Live with { State = RecordingState.Starting }),
        Of(EventType.Recording, 3, "PT6S", Live with { State = RecordingState.Recording }),
        Of(EventType.Recovering, 4, "PT20M", Live with { State = RecordingState.Recovering, Reason = Died }),
        Of(EventType.Stopping, 6, "PT45M", Ended with { State = RecordingState.Stopping }),
        Of(EventType.Uploading, 7, "PT45M2S", Ended with { State = RecordingState.Uploading }),
        Of(EventType.Completed, 11, "PT45M12S", Ended with { State = RecordingState.Completed, Files = FilesState.Complete }),
        Of(
            EventType.Failed,
            8,
            "PT50M",
            Ended with
            {
                State = RecordingState.Failed,
                Files = FilesState.Missing,
                EndReason = EndReason.Failed,
                Reason = new("closed_by_operator", "Operator Grace closed it as lost: the bucket was deleted this morning"),
            }
        ),
        Of(EventType.Aborted, 3, "PT4S", Ended with { State = RecordingState.Aborted, Files = FilesState.Empty }),
        Of(EventType.FilesChanged, 12, "PT65M", Ended with { State = RecordingState.Completed, Files = FilesState.NotVerified }),
        Of(EventType.ReasonChanged, 5, "PT21M", Live with { State = RecordingState.Recovering, Reason = Died }),
        Of(
            EventType.UploadProgressed,
            8,
            "PT45M4S",
            Ended with
            {
                State = RecordingState.Uploading,
                Upload = Upload with { Progress = 0.5, FileNames = null, FileCount = null },
            }
        ),
        Of(EventType.Uploaded, 9, "PT45M8S", Ended with { State = RecordingState.Uploading, Upload = Upload }),
        Of(EventType.BackedUp, 10, "PT45M9S", Ended with { State = RecordingState.Uploading, Upload = Upload with { Progress = 0.8 } }),
    ];

    private static AnnouncedEvent Of(EventType type, int sequence, string at, EventDataResource data) =>
        new(type, sequence, XmlConvert.ToTimeSpan(at), data);
}
