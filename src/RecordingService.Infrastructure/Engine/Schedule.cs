using Npgsql;

namespace RecordingService.Infrastructure.Engine;

/// <summary>A recording that this replica holds until its lease runs out.</summary>
/// <param name="RecordingId">The recording.</param>
/// <param name="Token">Fencing token; every later write must present it.</param>
/// <param name="SignalSeq">Signals seen when it was claimed.</param>
/// <param name="Slot">Monotonic time stamp from which the request to Agora may be sent that was granted with the claim, or null for none.</param>
/// <param name="MayStart">Whether that request may start a recorder: no operator and no quota held the project's starts.</param>
/// <param name="Attempt">How often it was claimed since it was last settled.</param>
/// <param name="Deadline">Monotonic time stamp at which the lease runs out, counted from before the claim was sent.</param>
internal sealed record Claim(Guid RecordingId, long Token, long SignalSeq, long? Slot, bool MayStart, int Attempt, long Deadline);

/// <summary>One row per recording that has work left; a lease is its due time moved into the future.</summary>
internal sealed class Schedule(NpgsqlDataSource database, RequestBudgets budgets, RecordingClock clock, TimeProvider time)
{
    // Purpose: claims what is due, per project by priority, at most what its request budget grants, and takes the moment of its next request
    // with it. Where no recorder may be started, what would start one is passed over.
    // Index: schedule_due, one short range per project and priority. Locks: the budget row of each project for the statement; schedule
    // rows with skip locked, at most @free per project and priority, released at once where the budget or @free does not reach.
    // Bound: @free rows updated; while starts are held, the entries of put-off ones are read, too. `= any(array(...))` instead of a
    // join: the planner hashes the whole table for a join (docs/adr/0002).
    public static readonly string ClaimSql = $"""
        with budget as materialized (
          select p.id, {RequestBudgets.FreeAt} as free_at, {RequestBudgets.Spacing} as spacing, {RequestBudgets.MayStart} as may_start
          from recording.projects p join unnest(@projects::smallint[], @rates::float8[]) r(id, rate) on r.id = p.id
          order by p.id for no key update of p),
        candidate as materialized (
          select d.* from budget b cross join unnest(array[0,1,2,3,4,5]::smallint[]) q(priority) cross join lateral (
            select s.recording_id, s.project_id, s.priority, s.due_at, case when s.priority = 0 then 0 else s.cost end as cost
            from recording.schedule s
            where s.project_id = b.id and s.priority = q.priority and s.due_at <= now() and s.state_version <= @readable
              and (b.may_start or s.priority = 0 or not s.starts)
            order by s.due_at limit @free for no key update skip locked) d),
        affordable as materialized (
          select c.recording_id, c.project_id, c.cost, c.priority, c.due_at,
                 b.free_at + (c.spent - c.cost) * b.spacing * interval '1 second' as slot, b.may_start
          from (select *, sum(cost) over (partition by project_id order by priority, due_at, recording_id) as spent from candidate) c
          join budget b on b.id = c.project_id
          where c.cost = 0 or b.free_at + (c.spent - c.cost) * b.spacing * interval '1 second' <= clock_timestamp() + @ahead
          order by c.priority, c.due_at, c.recording_id limit @free),
        paid as (
          update recording.projects p
             set next_call_at = b.free_at + a.spent * b.spacing * interval '1 second', load = {RequestBudgets.Load} + a.spent, loaded_at = now()
            from budget b join (select project_id, sum(cost) as spent from affordable group by project_id) a on a.project_id = b.id
           where p.id = b.id and a.spent > 0),
        claimed as (
          update recording.schedule s
             set due_at = now() + @lease, lease_owner = @replica, lease_token = nextval('recording.lease_token'),
                 attempt = least(s.attempt + 1, 32000)
           where s.recording_id = any(array(select recording_id from affordable))
          returning s.recording_id, s.lease_token, s.signal_seq, s.attempt)
        select c.recording_id, c.lease_token, c.signal_seq, a.cost, c.attempt, clock_timestamp(),
               extract(epoch from a.slot - clock_timestamp())::float8, a.may_start
        from claimed c join affordable a on a.recording_id = c.recording_id
        """;

    /// <summary>The version that can read what is stored of recording r, for a row that is made anew: whoever makes it may be older than the last holder.</summary>
    public const string VersionOfState = "greatest(@version, coalesce((r.document ->> 'version')::smallint, @version))";

    // Purpose: tells the holder, or whoever comes next, that there is something new. Never steals a live lease; makes the row anew when it
    // was deleted because nothing was left to do. Index: primary key. Bound: one row.
    public const string WakeSql = $"""
        insert into recording.schedule as s (recording_id, project_id, priority, cost, due_at, lease_token, signal_seq, attempt, state_version)
        select r.id, r.project_id, 0, 0, now(), nextval('recording.lease_token'), 1, 0, {VersionOfState} from recording.recordings r where r.id = @id
        on conflict (recording_id) do update
           set signal_seq = s.signal_seq + 1, priority = 0,
               due_at = case when s.lease_owner is null or s.due_at <= now() then now() else s.due_at end
        """;

    // Purpose: keeps the lease. Index: primary key. Bound: one row; none when the lease is lost.
    public const string RenewSql = """
        update recording.schedule set due_at = now() + @lease where recording_id = @id and lease_token = @token returning signal_seq
        """;

    // Purpose: keeps the lease while an intent is written, and says which version it takes to read that: whoever claims it next without a
    // settlement in between must not be older. Nor may it be passed over while starts are held: this one may have been done. Index: primary key. Bound: one row; none when the lease is lost.
    public const string IntentSql = """
        update recording.schedule set due_at = now() + @lease, state_version = @version, starts = false
         where recording_id = @id and lease_token = @token returning signal_seq
        """;

    // Purpose: gives a recording back with the time of its next step; due at once when a signal came meanwhile.
    // Index: primary key. Bound: one row; none when the lease is lost, unless this very settlement was committed before and its answer lost.
    public const string SettleSql = """
        update recording.schedule
           set lease_owner = null, attempt = 0, settle_id = @settle, lease_token = nextval('recording.lease_token'),
               priority = case when signal_seq > @seen then 0 else @priority end, cost = @cost, starts = @starts, state_version = @version,
               due_at = case when signal_seq > @seen then now() else now() + @delay end
         where recording_id = @id and lease_token = @token returning recording_id
        """;

    // Purpose: ends the schedule of a recording that has no work left, unless a signal came meanwhile. Index: primary key. Bound: one row.
    public const string FinishSql = """
        delete from recording.schedule where recording_id = @id and lease_token = @token and signal_seq = @seen returning recording_id
        """;

    // Purpose: gives a recording back unchanged after an error; due at once when a signal came since the claim, so that a stop does not
    // wait for the end of a long delay. Index: primary key. Bound: one row; none when the lease is lost.
    public const string ReleaseSql = """
        update recording.schedule
           set lease_owner = null, lease_token = nextval('recording.lease_token'),
               due_at = case when signal_seq > @seen then now() else now() + @delay end
         where recording_id = @id and lease_token = @token returning recording_id
        """;

    /// <summary>Claims what is due for the projects of this replica.</summary>
    public async Task<IReadOnlyList<Claim>> ClaimAsync(
        IReadOnlyList<Budget> projects,
        int free,
        int replica,
        TimeSpan lease,
        CancellationToken cancellationToken
    )
    {
        var sent = time.GetTimestamp();
        var deadline = sent + (long)(lease.TotalSeconds * time.TimestampFrequency);
        await using var command = database.CreateCommand(ClaimSql);
        command.Parameters.AddWithValue("projects", projects.Select(project => project.ProjectId).ToArray());
        command.Parameters.AddWithValue("rates", projects.Select(budgets.RateOf).ToArray());
        command.Parameters.AddWithValue("recovery", budgets.Recovery);
        command.Parameters.AddWithValue("ahead", budgets.Ahead);
        command.Parameters.AddWithValue("readable", StateJson.Version);
        command.Parameters.AddWithValue("free", free);
        command.Parameters.AddWithValue("lease", lease);
        command.Parameters.AddWithValue("replica", replica);
        List<Claim> claims = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            long? slot = reader.GetInt32(3) == 0 ? null : budgets.After(reader.GetDouble(6));
            claims.Add(
                new(reader.GetGuid(0), reader.GetInt64(1), reader.GetInt64(2), slot, reader.GetBoolean(7), reader.GetInt16(4), deadline)
            );
            clock.Observe(reader.GetFieldValue<DateTimeOffset>(5), time.GetElapsedTime(sent));
        }

        return claims;
    }

    /// <summary>Keeps the lease.</summary>
    /// <returns>False when it is lost.</returns>
    public async Task<bool> RenewAsync(Claim claim, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(RenewSql);
        command.Parameters.AddWithValue("id", claim.RecordingId);
        command.Parameters.AddWithValue("token", claim.Token);
        command.Parameters.AddWithValue("lease", lease);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    /// <summary>Reads the database's clock.</summary>
    public async Task ReadClockAsync(CancellationToken cancellationToken)
    {
        var sent = time.GetTimestamp();
        await using var command = database.CreateCommand("select clock_timestamp()");
        var now = (DateTime)(await command.ExecuteScalarAsync(cancellationToken))!;
        clock.Observe(new(now), time.GetElapsedTime(sent));
    }
}
