using Microsoft.EntityFrameworkCore;
using RecordingService.Domain;
using RecordingService.Domain.Recordings;

namespace RecordingService.Infrastructure.Engine;

/// <summary>A recording as it is now, with what only its callers care about.</summary>
public sealed record RecordingSnapshot(
    Recording Recording,
    string? ExternalId,
    IReadOnlyDictionary<string, string>? Metadata,
    DateTimeOffset? NextCheckAt
)
{
    /// <summary>Why its recorder is not started at present, or null when nothing holds it.</summary>
    public Reason? StartsHeld { get; init; }

    /// <summary>Why it is as it is: what holds its start, if it waits for one, else what its holder has found.</summary>
    public Reason? Reason => StartsHeld ?? Recording.Reason;
}

/// <summary>What to list.</summary>
public sealed record RecordingFilter
{
    /// <summary>Only this channel.</summary>
    public string? Channel { get; init; }

    /// <summary>Only this state.</summary>
    public RecordingState? State { get; init; }

    /// <summary>Only this room type.</summary>
    public string? RoomType { get; init; }

    /// <summary>Only this project.</summary>
    public string? Project { get; init; }

    /// <summary>Only these projects, whatever <see cref="Project"/> says: those that the caller may see; null for all.</summary>
    public IReadOnlyCollection<string>? Projects { get; init; }

    /// <summary>Only this id of the caller.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Accepted at or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Accepted before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Continues behind this recording.</summary>
    public (DateTimeOffset AcceptedAt, Guid Id)? After { get; init; }

    /// <summary>Most rows to return.</summary>
    public required int Limit { get; init; }
}

/// <summary>One line of a timeline.</summary>
public sealed record TimelineEntry(
    long Sequence,
    DateTimeOffset At,
    DateTimeOffset LastAt,
    int Count,
    string Kind,
    int? Generation,
    string Message,
    IReadOnlyDictionary<string, object> Detail
);

/// <summary>Reads recordings for people and programs; holds no lease and takes no lock.</summary>
public sealed class RecordingQueries
{
    // Purpose: the projects that start nothing at present. Locks: none. Bound: projects.
    private const string HeldSql = $"select p.* from recording.projects p where not ({RequestBudgets.MayStart})";

    private readonly IDbContextFactory<RecordingDb> contexts;

    internal RecordingQueries(IDbContextFactory<RecordingDb> contexts) => this.contexts = contexts;

    /// <summary>A recording, or null.</summary>
    public async Task<RecordingSnapshot?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await context.Recordings.AsNoTracking().Include(r => r.Runs).SingleOrDefaultAsync(r => r.Id == id, cancellationToken);
        return row is null ? null : (await ToSnapshotsAsync(context, [row], cancellationToken))[0];
    }

    /// <summary>Recordings, newest first.</summary>
    public async Task<IReadOnlyList<RecordingSnapshot>> ListAsync(RecordingFilter filter, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = context.Recordings.AsNoTracking().Include(r => r.Runs).AsQueryable();
        if (filter.Channel is { } channel)
        {
            rows = rows.Where(r => r.Channel == channel);
        }

        if (filter.State is { } state)
        {
            // A stop shows at once; the column follows when the holder of the lease has taken it in.
            var name = state.ToString();
            rows =
                state == RecordingState.Stopping ? rows.Where(r => r.State == name || (r.EndedAt == null && r.StopRequestedAt != null))
                : state is RecordingState.Completed or RecordingState.Failed or RecordingState.Aborted or RecordingState.Uploading
                    ? rows.Where(r => r.State == name)
                : rows.Where(r => r.State == name && r.StopRequestedAt == null);
        }

        if (filter.RoomType is { } roomType)
        {
            rows = rows.Where(r => r.RoomType == roomType);
        }

        if (filter.Project is { } project)
        {
            rows = rows.Where(r => r.Project == project);
        }

        if (filter.Projects is { } projects)
        {
            rows = rows.Where(r => projects.Contains(r.Project));
        }

        if (filter.ExternalId is { } externalId)
        {
            rows = rows.Where(r => r.ExternalId == externalId);
        }

        if (filter.From is { } from)
        {
            rows = rows.Where(r => r.AcceptedAt >= from.ToUniversalTime());
        }

        if (filter.To is { } to)
        {
            rows = rows.Where(r => r.AcceptedAt < to.ToUniversalTime());
        }

        if (filter.After is var (acceptedAt, id))
        {
            rows = rows.Where(r =>
                EF.Functions.LessThan(ValueTuple.Create(r.AcceptedAt, r.Id), ValueTuple.Create(acceptedAt.ToUniversalTime(), id))
            );
        }

        var page = await rows.OrderByDescending(r => r.AcceptedAt)
            .ThenByDescending(r => r.Id)
            .Take(filter.Limit)
            .ToListAsync(cancellationToken);
        return await ToSnapshotsAsync(context, page, cancellationToken);
    }

    /// <summary>What happened to a recording, oldest first, behind a sequence number.</summary>
    public async Task<IReadOnlyList<TimelineEntry>> TimelineAsync(Guid id, long after, int limit, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await context
            .Log.AsNoTracking()
            .Where(row => row.RecordingId == id && row.Id > after)
            .OrderBy(row => row.Id)
            .Take(limit)
            .ToListAsync(cancellationToken);
        return
        [
            .. rows.Select(row => new TimelineEntry(
                row.Id,
                row.At,
                row.LastAt,
                row.Count,
                row.Kind,
                row.Generation,
                row.Message,
                Facts(row.Detail)
            )),
        ];
    }

    /// <summary>Files that were found in the bucket, by run.</summary>
    public async Task<IReadOnlyDictionary<int, IReadOnlyList<RecordingFile>>> FilesAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context
            .RunFiles.AsNoTracking()
            .Where(row => row.RecordingId == id)
            .ToDictionaryAsync(row => row.Generation, row => row.Files, cancellationToken);
    }

    /// <summary>What is known of these recordings, for waits.</summary>
    internal async Task<IReadOnlyList<RecordingSnapshot>> FindAllAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await context
            .Recordings.AsNoTracking()
            .Include(r => r.Runs)
            .Where(r => ids.Contains(r.Id))
            .ToListAsync(cancellationToken);
        // What holds a start interests nobody who waits, and would be one more query a look.
        return [.. rows.Select(ToSnapshot)];
    }

    /// <summary>Nobody looks at a recording whose start is held, so what holds it is read from the project.</summary>
    private static async Task<IReadOnlyList<RecordingSnapshot>> ToSnapshotsAsync(
        RecordingDb context,
        IReadOnlyList<RecordingRow> rows,
        CancellationToken cancellationToken
    )
    {
        var snapshots = rows.Select(row => (row.ProjectId, Snapshot: ToSnapshot(row))).ToList();
        if (!snapshots.Exists(one => one.Snapshot.Recording.WaitsForARecorder))
        {
            return snapshots.ConvertAll(one => one.Snapshot);
        }

        var held = await context
            .Projects.FromSqlRaw(HeldSql)
            .AsNoTracking()
            .ToDictionaryAsync(project => project.Id, project => Reason.StartsHeld(project.PausedAt is not null), cancellationToken);
        return snapshots.ConvertAll(one =>
            one.Snapshot.Recording.WaitsForARecorder
                ? one.Snapshot with
                {
                    StartsHeld = held.GetValueOrDefault(one.ProjectId),
                }
                : one.Snapshot
        );
    }

    private static RecordingSnapshot ToSnapshot(RecordingRow row) =>
        new(
            new Recording
            {
                Id = row.Id,
                Project = row.Project,
                Channel = row.Channel,
                Label = row.Label,
                RoomType = row.RoomType,
                RoomTypeVersion = row.RoomTypeVersion,
                Policy = row.Policy,
                StorageProfile = row.StorageProfile,
                AcceptedAt = row.AcceptedAt,
                Encryption = row.Encryption,
                WebPage = row.WebPage is null ? null : new Uri(row.WebPage),
                Wishes = new(row.MaxDuration, row.LongestBreak, row.StopRequestedAt)
                {
                    Layout = row.Layout,
                    Subscription = row.Subscription,
                },
                Runs = [.. row.Runs.OrderBy(run => run.Generation).Select(run => run.Document)],
                ConfirmedAt = row.ConfirmedAt,
                Stop = row.Document.Stop,
                EndedAt = row.EndedAt,
                Reason = row.Document.Reason,
                Closure = row.Document.Closure,
            },
            row.ExternalId,
            row.Metadata,
            row.NextCheckAt
        );

    private static Dictionary<string, object> Facts(LogDetail detail)
    {
        Dictionary<string, object> facts = [];
        Add("operation", detail.Operation);
        Add("host", detail.Host);
        Add("httpStatus", detail.HttpStatus);
        Add("code", detail.Code);
        Add("failure", detail.Failure);
        Add("requestId", detail.RequestId);
        Add("durationMs", detail.DurationMs);
        Add("recorderUid", detail.RecorderUid);
        Add("sid", detail.Sid);
        Add("caller", detail.Caller);
        Add("operator", detail.Operator);
        Add("action", detail.Action);
        Add("note", detail.Note);
        return facts;

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                facts[name] = value;
            }
        }
    }
}
