using Microsoft.Extensions.Options;
using RecordingService.Domain;
using RecordingService.Domain.Diagnosis;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Api.Diagnosis;

/// <summary>What a diagnosis needs beside the recording: its answers, settings of project and bucket, other recordings of that time.</summary>
internal sealed class Circumstances(
    RecordingQueries queries,
    Projects projects,
    Backlog backlog,
    ProjectActions actions,
    StorageHealth storage,
    IOptions<AgoraOptions> agora
)
{
    private const int LinesAtOnce = 500;

    /// <summary>Lines alike are counted, so a day of trouble has some hundreds of them.</summary>
    private const int MostLines = 2000;

    private const int MostPeers = 20;

    private static readonly TimeSpan AboutThatTime = TimeSpan.FromHours(2);

    public async Task<DiagnosisContext> OfAsync(Recording recording, CancellationToken cancellationToken)
    {
        var project = projects.Find(recording.Project);
        return new()
        {
            MintsTokens = project is null ? null : project.Certificate is not null,
            Held = project is null || recording.EndedAt is not null ? null : await HeldAsync(recording.Project, cancellationToken),
            Bucket = storage.Find(recording.StorageProfile) is { } bucket ? ToFacts(bucket, project) : null,
            Answers = await AnswersAsync(recording.Id, cancellationToken),
            Peers = await PeersAsync(recording, cancellationToken),
        };
    }

    private async Task<HeldStarts?> HeldAsync(string project, CancellationToken cancellationToken)
    {
        var state = (await backlog.StateAsync(cancellationToken))[project];
        if (state.PausedAt is null)
        {
            return state.StartsHeldUntil is { } until ? new(null, null, null, until) : null;
        }

        // Whoever pauses what is paused already changes nothing.
        var first = (await actions.ListAsync(project, cancellationToken))
            .TakeWhile(action => action.Action != "resume")
            .LastOrDefault(action => action.Action == "pause");
        return new(state.PausedAt, first?.Operator, first?.Note, null);
    }

    private BucketFacts ToFacts(StorageProfileHealth bucket, AgoraProjectOptions? project) =>
        new()
        {
            Profile = bucket.Name,
            Vendor = bucket.Vendor,
            Bucket = bucket.Bucket,
            Area = NameOf(bucket.Area),
            CallsFrom = project is { Area: AgoraArea.MainlandChina } ? NameOf(StorageArea.ChinaMainland) : "outside mainland China",
            IsElsewhere = project is null ? null : IsElsewhere(bucket.Area, project),
            HasPublicAddress = bucket.PublicBaseUrl is not null,
            Probe = bucket.Probe.State is StorageProbeState.Works or StorageProbeState.Failed
                ? new(
                    bucket.Probe.CheckedAt,
                    bucket.Probe.State == StorageProbeState.Works,
                    bucket.Probe.Field,
                    bucket.Probe.Message,
                    bucket.Probe.WhereFound
                )
                : null,
        };

    /// <summary>Of where this service stands only mainland China or not is known, and hosts that were chosen for the bucket's area take its recordings there.</summary>
    private bool? IsElsewhere(StorageArea area, AgoraProjectOptions project)
    {
        var hasHosts =
            agora.Value.RegionHosts.TryGetValue(area.ToString(), out var named) && named.Count > 0
            || (area == StorageArea.ChinaMainland && project.Hosts.Count == 0);
        var areInChina = (Bucket: area == StorageArea.ChinaMainland, Calls: project.Area == AgoraArea.MainlandChina);
        return area == StorageArea.Other ? null
            : hasHosts ? false
            : areInChina.Bucket != areInChina.Calls ? true
            : areInChina.Bucket ? false
            : null;
    }

    private async Task<IReadOnlyList<AnswerFacts>> AnswersAsync(Guid id, CancellationToken cancellationToken)
    {
        List<AnswerFacts> answers = [];
        long after = 0;
        for (var read = 0; read < MostLines; read += LinesAtOnce)
        {
            var lines = await queries.TimelineAsync(id, after, LinesAtOnce, cancellationToken);
            answers.AddRange(lines.Select(ToFacts).OfType<AnswerFacts>());
            if (lines.Count < LinesAtOnce)
            {
                break;
            }

            after = lines[^1].Sequence;
        }

        return answers;
    }

    private static AnswerFacts? ToFacts(TimelineEntry line) =>
        line.Detail.GetValueOrDefault("operation") is not string operation
            ? null
            : new(
                line.At,
                line.LastAt,
                line.Count,
                line.Generation,
                operation,
                line.Detail.GetValueOrDefault("httpStatus") as int?,
                line.Detail.GetValueOrDefault("code") as int?,
                Enum.TryParse<AgoraFailureKind>(line.Detail.GetValueOrDefault("failure") as string, out var kind) ? kind : null,
                line.Message
            );

    private async Task<IReadOnlyList<PeerFacts>> PeersAsync(Recording recording, CancellationToken cancellationToken)
    {
        var filter = new RecordingFilter
        {
            Project = recording.Project,
            From = recording.AcceptedAt - AboutThatTime,
            To = recording.AcceptedAt + AboutThatTime,
            Limit = MostPeers + 1,
        };
        var found = await queries.ListAsync(filter, cancellationToken);
        return
        [
            .. found
                .Select(peer => peer.Recording)
                .Where(peer => peer.Id != recording.Id)
                .Select(peer => new PeerFacts(
                    peer.Id,
                    peer.Channel,
                    peer.RoomType,
                    peer.StorageProfile,
                    peer.Encryption is not null,
                    peer.ConfirmedAt,
                    peer.Runs.Any(run => run.SawMedia),
                    peer.Files
                )),
        ];
    }

    private static string NameOf(StorageArea area) =>
        area switch
        {
            StorageArea.ChinaMainland => "mainland China",
            StorageArea.AsiaPacific => "Asia outside mainland China, or Australia",
            StorageArea.Europe => "Europe",
            StorageArea.NorthAmerica => "North America",
            StorageArea.Other => "an area that is not known",
        };
}
