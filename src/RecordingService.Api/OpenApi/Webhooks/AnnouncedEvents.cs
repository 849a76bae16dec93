using RecordingService.Domain.Recordings;

namespace RecordingService.Api.OpenApi.Webhooks;

/// <summary>A kind of event, and one of its kind as an example.</summary>
/// <param name="Type">Its name, such as recording.completed.</param>
/// <param name="Summary">When it is sent.</param>
/// <param name="Sequence">Its number among the events of the recording of the examples.</param>
/// <param name="At">When it is told, after the start of the class.</param>
/// <param name="Data">What it tells.</param>
internal sealed record AnnouncedEvent(string Type, string Summary, int Sequence, TimeSpan At, EventDataResource Data);

/// <summary>All kinds of events, in the order of a recording's life: the one list that the section webhooks of the OpenAPI document is made of.</summary>
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
        Of("recording.accepted", "The recording is stored.", 1, "PT0S", Live),
        Of(
            "recording.starting",
            "A recorder is being started, or is not proven yet.",
            2,
            "PT1S",
            Live with
            {
                State = RecordingState.Starting,
            }
        ),
        Of("recording.recording", "A recorder is proven to run.", 3, "PT6S", Live with { State = RecordingState.Recording }),
        Of(
            "recording.recovering",
            "The recorder is in doubt or being replaced.",
            4,
            "PT20M",
            Live with
            {
                State = RecordingState.Recovering,
                Reason = Died,
            }
        ),
        Of(
            "recording.stopping",
            "An end was ordered, and recorders are leaving.",
            6,
            "PT45M",
            Ended with
            {
                State = RecordingState.Stopping,
            }
        ),
        Of(
            "recording.uploading",
            "No recorder runs any more; the files are being waited for.",
            7,
            "PT45M2S",
            Ended with
            {
                State = RecordingState.Uploading,
            }
        ),
        Of(
            "recording.completed",
            "Ended as meant, and the state of the files is final.",
            11,
            "PT45M12S",
            Ended with
            {
                State = RecordingState.Completed,
                Files = FilesState.Complete,
            }
        ),
        Of(
            "recording.failed",
            "Ended by a fault that needs a person, or closed as lost by one.",
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
        Of(
            "recording.aborted",
            "Ended by request before anything was recorded.",
            3,
            "PT4S",
            Ended with
            {
                State = RecordingState.Aborted,
                Files = FilesState.Empty,
            }
        ),
        Of(
            "recording.files_changed",
            "The state of the files changed, and the state of the recording did not.",
            12,
            "PT65M",
            Ended with
            {
                State = RecordingState.Completed,
                Files = FilesState.NotVerified,
            }
        ),
        Of(
            "recording.reason_changed",
            "The code of the reason came, changed or went, and the state of the recording did not change.",
            5,
            "PT21M",
            Live with
            {
                State = RecordingState.Recovering,
                Reason = Died,
            }
        ),
        Of(
            "recording.upload_progressed",
            "Agora told how much of an upload is done.",
            8,
            "PT45M4S",
            Ended with
            {
                State = RecordingState.Uploading,
                Upload = Upload with { Progress = 0.5, FileNames = null, FileCount = null },
            }
        ),
        Of(
            "recording.uploaded",
            "Agora told that everything is uploaded.",
            9,
            "PT45M8S",
            Ended with
            {
                State = RecordingState.Uploading,
                Upload = Upload,
            }
        ),
        Of(
            "recording.backed_up",
            "Agora told that files went to its backup and arrive later.",
            10,
            "PT45M9S",
            Ended with
            {
                State = RecordingState.Uploading,
                Upload = Upload with { Progress = 0.8 },
            }
        ),
        Of("webhook.test", "Somebody asked for a test; it is about no recording.", 0, "PT0S", new EventDataResource()),
    ];

    private static AnnouncedEvent Of(string type, string summary, int sequence, string at, EventDataResource data) =>
        new(type, summary, sequence, System.Xml.XmlConvert.ToTimeSpan(at), data);
}
