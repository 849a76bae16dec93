using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;

namespace RecordingService.Infrastructure.Engine;

/// <summary>
/// Looks, for ever, for what must not be: recordings that nobody looks after in time, that nobody would look after at all, and that contradict
/// what Agora last told. Says so in metrics that stay zero, and puts right what can be put right. Has told, too, what an older build changed beside
/// this one, and did not tell.
/// </summary>
/// <remarks>Each replica does it by itself: a leader would have to be elected, and could be the one that is frozen. What it mends is mended once.</remarks>
internal sealed class Reconciliation(
    NpgsqlDataSource database,
    RecordingClock clock,
    EngineState state,
    TimeProvider time,
    LifecycleOptions lifecycle,
    IOptions<EngineOptions> options,
    ILogger<Reconciliation> log
) : BackgroundService
{
    /// <summary>Rows that one look reads; more recordings take several looks.</summary>
    internal const int Page = 2000;

    private const int MostOverdue = 10_000;

    /// <summary>Longest life of a recording, files included, is some three days: maximum duration, control period and upload limit, one after the other.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(4);

    /// <summary>Questions in a row that may stay without a proof and without a reason that callers are told.</summary>
    private const int MostSilences = 3;

    private const string Finished =
        $"('{nameof(RecordingState.Completed)}', '{nameof(RecordingState.Failed)}', '{nameof(RecordingState.Aborted)}')";

    // Purpose: counts work that is later than a lease: due, and claimed by nobody since, because slots, budget, database or a replica that
    // can read it are missing; but for starts that are held on purpose. Index: schedule_due, one range per project and priority. Locks: none. Bound: @most entries of each range.
    private const string OverdueSql = $"""
        select count(*) from recording.projects p cross join unnest(array[0,1,2,3,4,5]::smallint[]) q(priority)
          cross join lateral (select 1 from recording.schedule s
             where s.project_id = p.id and s.priority = q.priority and s.due_at < now() - @lease
               and (({RequestBudgets.MayStart}) or s.priority = 0 or not s.starts) limit @most) d
        """;

    // Purpose: of the recordings behind a place in the order of acceptance, newest first, those that
    //   are not finished and have no row in the schedule,
    //   are said to be recording, and no run records; or the last proof is older than @silent, and no reason tells callers why,
    //   have ended, and a run was proven after its end, or is still on its way or recording,
    //   live beyond their maximum duration,
    //   are not as they were announced, because a build that knows of no events wrote them last.
    // The last row comes in any case: the next look goes on behind it. Index: recordings by acceptance, primary keys of schedule and runs.
    // Locks: none. Bound: @page recordings with their runs.
    private static readonly string LookSql = $"""
        with page as materialized (
          select id, state, files_state, document, accepted_at, max_duration, confirmed_at, ended_at,
                 announced_state, announced_files, announced_reason from recording.recordings
           where accepted_at > @horizon and (accepted_at, id) < (@before, @beforeId)
           order by accepted_at desc, id desc limit @page),
        judged as (
          select p.id, p.accepted_at, row_number() over (order by p.accepted_at desc, p.id desc) as number,
                 p.state not in {Finished} and s.recording_id is null as unscheduled,
                 p.state = '{nameof(RecordingState.Recording)}' and not n.records as unrecorded,
                 p.state = '{nameof(RecordingState.Recording)}' and p.document -> 'reason' is null
                   and coalesce(n.proof, p.confirmed_at) < @silent as unproven,
                 p.ended_at is not null and n.outlives as outlived,
                 p.state in ('{nameof(RecordingState.Accepted)}', '{nameof(RecordingState.Starting)}', '{nameof(RecordingState.Recording)}',
                             '{nameof(RecordingState.Recovering)}')
                   and p.accepted_at + p.max_duration < @over as overstayed,
                 {Announcements.IsUntold("p")} as untold
          from page p left join recording.schedule s on s.recording_id = p.id
          cross join lateral (
            select coalesce(bool_or(r.phase = '{nameof(RunPhase.Recording)}'), false) as records,
                   max((r.document ->> 'lastProofAt')::timestamptz) filter (where r.phase = '{nameof(RunPhase.Recording)}') as proof,
                   coalesce(bool_or(
                     r.phase in ('{nameof(RunPhase.Planned)}', '{nameof(RunPhase.Acquired)}', '{nameof(RunPhase.OutcomeUnknown)}',
                                 '{nameof(RunPhase.SidUnknown)}', '{nameof(RunPhase.Proving)}', '{nameof(RunPhase.Recording)}',
                                 '{nameof(RunPhase.Doubtful)}', '{nameof(RunPhase.Replaced)}')
                     or (r.phase in ('{nameof(RunPhase.Uploading)}', '{nameof(RunPhase.Closed)}')
                         and (r.document ->> 'lastProofAt')::timestamptz > (r.document ->> 'endedAt')::timestamptz)), false) as outlives
            from recording.runs r where r.recording_id = p.id) n)
        select id, accepted_at, (select count(*)::int from page), unscheduled, coalesce(unrecorded, false), coalesce(unproven, false), outlived, overstayed,
               untold
        from judged
        where unscheduled or unrecorded or unproven or outlived or overstayed or untold or number = (select count(*) from page)
        order by number
        """;

    // Purpose: gives recordings that are not finished a row in the schedule again, due at once and free of charge, and tells it in their
    // timelines. Index: primary keys. Locks: the new rows. Bound: @ids, of which those are left out that got a row or finished meanwhile.
    private const string RescheduleSql = $"""
        with again as (
          insert into recording.schedule (recording_id, project_id, priority, cost, due_at, lease_token, signal_seq, attempt, state_version)
          select r.id, r.project_id, 0, 0, now(), nextval('recording.lease_token'), 1, 0, {Schedule.VersionOfState}
          from recording.recordings r where r.id = any(@ids) and r.state not in {Finished} order by r.id
          on conflict (recording_id) do nothing returning recording_id)
        insert into recording.log (recording_id, kind, message, detail, at, last_at, count)
        select recording_id, '{nameof(NoteKind.Alert)}', @message, '{"{}"}', @at, @at, 1 from again returning recording_id
        """;

    // Purpose: has recordings looked at now that nobody has heard of for too long. Index: primary key. Locks: schedule rows in order of
    // their ids. Bound: @ids. What is due or held by a replica is left alone: it is looked at in its turn, and must not get ahead of stops and
    // starts; but for starts that are held back, which nobody looks at, be it that their last holder vanished.
    private const string WakeSql = """
        with stale as (select recording_id from recording.schedule
           where recording_id = any(@ids) and (lease_owner is null and due_at > now() or starts and (lease_owner is null or due_at <= now())) order by recording_id for no key update)
        update recording.schedule s set signal_seq = s.signal_seq + 1, priority = 0, due_at = now() from stale where s.recording_id = stale.recording_id
        """;

    // Purpose: has somebody hold recordings that are not as they were announced, because whoever settles next announces what differs; those that
    // are finished get a row in the schedule for that, which the settlement ends. Index: primary keys. Locks: schedule rows in order of their ids.
    // Bound: @ids, of which those are left out that were announced meanwhile. What is due or held is left to its turn, and what nobody could work on
    // to the waits between its attempts.
    private static readonly string TellSql = $"""
        insert into recording.schedule as s (recording_id, project_id, priority, cost, due_at, lease_token, signal_seq, attempt, state_version)
        select r.id, r.project_id, 0, 0, now(), nextval('recording.lease_token'), 1, 0, {Schedule.VersionOfState}
        from recording.recordings r where r.id = any(@ids) and {Announcements.IsUntold("r")} order by r.id
        on conflict (recording_id) do update set signal_seq = s.signal_seq + 1, priority = 0, due_at = now()
         where s.lease_owner is null and s.due_at > now() and s.attempt = 0
        """;

    private readonly EngineOptions engine = options.Value;
    private readonly Random jitter = new();
    private (DateTimeOffset AcceptedAt, Guid Id)? cursor;
    private int unscheduled;
    private int contradictions;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, state.Draining);
        while (!ends.IsCancellationRequested)
        {
            // Not all replicas at once.
            await Task.Delay(engine.SweepInterval * (0.8 + 0.4 * jitter.NextDouble()), time, ends.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (state.IsReady && !ends.IsCancellationRequested)
                {
                    await LookAsync(ends.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or NpgsqlException or TimeoutException)
            {
                // The loop of this replica tells of a lost database; the next look begins anew.
                (cursor, unscheduled, contradictions) = (null, 0, 0);
            }
            catch (Exception e)
            {
                log.SweepFailed(e);
            }
        }
    }

    /// <summary>Looks at a page of recordings, mends what it can, and measures.</summary>
    internal async Task<Findings> LookAsync(CancellationToken cancellationToken)
    {
        var overdue = await CountOverdueAsync(cancellationToken);
        var now = clock.Now;
        var (rows, last) = await ReadAsync(now, cancellationToken);
        var lost = rows.FindAll(row => row.Unscheduled);
        var contradicting = rows.FindAll(row => row.Contradiction is not null);
        unscheduled += lost.Count;
        contradictions += contradicting.Count;
        if (lost.Count > 0)
        {
            await RescheduleAsync([.. lost.Select(row => row.Id)], now, cancellationToken);
        }

        foreach (var row in contradicting)
        {
            log.Contradiction(row.Id, row.Contradiction!);
        }

        if (contradicting.FindAll(row => row.IsWorthALook) is { Count: > 0 } silent)
        {
            await using var wake = database.CreateCommand(WakeSql);
            wake.Parameters.AddWithValue("ids", silent.Select(row => row.Id).ToArray());
            await wake.ExecuteNonQueryAsync(cancellationToken);
        }

        if (rows.FindAll(row => row.IsUntold) is { Count: > 0 } untold)
        {
            await TellAsync([.. untold.Select(row => row.Id)], cancellationToken);
        }

        var findings = new Findings(overdue, unscheduled, contradictions, last is null);
        Telemetry.Overdue.Record(overdue);
        if (findings.IsComplete || unscheduled > 0)
        {
            Telemetry.Unscheduled.Record(unscheduled);
        }

        if (findings.IsComplete || contradictions > 0)
        {
            Telemetry.Contradictions.Record(contradictions);
        }

        cursor = last;
        if (findings.IsComplete)
        {
            (unscheduled, contradictions) = (0, 0);
        }

        return findings;
    }

    private async Task<long> CountOverdueAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(OverdueSql);
        command.Parameters.AddWithValue("lease", engine.Lease);
        command.Parameters.AddWithValue("most", MostOverdue);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <returns>What is wrong, and where the next look begins; null when it begins anew.</returns>
    private async Task<(List<Finding> Rows, (DateTimeOffset AcceptedAt, Guid Id)? Last)> ReadAsync(
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(LookSql);
        command.Parameters.AddWithValue("horizon", now.ToUniversalTime() - Horizon);
        command.Parameters.AddWithValue("before", (cursor?.AcceptedAt ?? DateTimeOffset.MaxValue.AddDays(-1)).ToUniversalTime());
        command.Parameters.AddWithValue("beforeId", cursor?.Id ?? Guid.Empty);
        command.Parameters.AddWithValue("page", Page);
        command.Parameters.AddWithValue("over", now.ToUniversalTime() - lifecycle.MonitoringInterval);
        command.Parameters.AddWithValue("silent", now.ToUniversalTime() - MostSilences * lifecycle.MonitoringInterval);
        List<Finding> rows = [];
        (DateTimeOffset, Guid)? last = null;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetGuid(0);
            // A page that is not full is the last one.
            last = reader.GetInt32(2) == Page ? (reader.GetFieldValue<DateTimeOffset>(1), id) : null;
            var (isUnrecorded, isUnproven, isOutlived) = (reader.GetBoolean(4), reader.GetBoolean(5), reader.GetBoolean(6));
            var isOverstayed = reader.GetBoolean(7);
            var contradiction =
                isUnrecorded ? "it is said to be recording, and none of its runs records"
                : isUnproven ? "it is said to be recording, and nothing has proven that for too long"
                : isOutlived ? "it has ended, and a recorder of it was proven after its end or is on its way"
                : isOverstayed ? "its maximum duration is over, and it has not ended"
                : null;
            var (isUnscheduled, isUntold) = (reader.GetBoolean(3), reader.GetBoolean(8));
            if (isUnscheduled || isUntold || contradiction is not null)
            {
                rows.Add(new(id, isUnscheduled, contradiction, isUnrecorded || isUnproven || isOverstayed, isUntold));
            }
        }

        return (rows, last);
    }

    private async Task RescheduleAsync(Guid[] ids, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(RescheduleSql);
        command.Parameters.AddWithValue("ids", ids);
        command.Parameters.AddWithValue("message", "Nobody was to look after this recording any more; it is looked after again.");
        command.Parameters.AddWithValue("at", now.ToUniversalTime());
        command.Parameters.AddWithValue("version", StateJson.Version);
        List<Guid> again = [];
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                again.Add(reader.GetGuid(0));
            }
        }

        Telemetry.Rescheduled.Add(again.Count);
        again.ForEach(log.Rescheduled);
        state.Wake();
    }

    private async Task TellAsync(Guid[] ids, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(TellSql);
        command.Parameters.AddWithValue("ids", ids);
        command.Parameters.AddWithValue("version", StateJson.Version);
        if (await command.ExecuteNonQueryAsync(cancellationToken) is var woken and > 0)
        {
            log.Untold(woken);
            state.Wake();
        }
    }

    private sealed record Finding(Guid Id, bool Unscheduled, string? Contradiction, bool IsWorthALook, bool IsUntold);
}

/// <summary>What a look found, together with those since the newest recording.</summary>
/// <param name="Overdue">Recordings whose work is later than a lease.</param>
/// <param name="Unscheduled">Recordings that are not finished and were in nobody's schedule.</param>
/// <param name="Contradictions">Recordings whose state contradicts what Agora last told.</param>
/// <param name="IsComplete">Whether the oldest recording was reached.</param>
internal sealed record Findings(long Overdue, int Unscheduled, int Contradictions, bool IsComplete);
