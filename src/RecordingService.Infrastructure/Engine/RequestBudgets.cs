using Microsoft.Extensions.Options;
using Npgsql;
using RecordingService.Domain;
using RecordingService.Domain.Lifecycle;

namespace RecordingService.Infrastructure.Engine;

/// <summary>The request budget of a project, shared by all replicas.</summary>
/// <param name="ProjectId">The project's number in the database.</param>
/// <param name="RatePerSecond">Requests per second of recording time, while Agora takes as many.</param>
internal sealed record Budget(short ProjectId, double RatePerSecond);

/// <summary>Hands out the moments at which requests to Agora may be sent, one line for all replicas of a project (docs/adr/0014).</summary>
/// <remarks>
/// A project's row names the moment of the next request; each grant moves it on by one spacing. Grants reach a little into the future,
/// so that nothing is lost between two looks, and whoever got one waits for its moment. <see cref="Schedule.ClaimSql"/> grants, too.
/// </remarks>
internal sealed class RequestBudgets(
    NpgsqlDataSource database,
    RecordingClock clock,
    TimeProvider time,
    LifecycleOptions lifecycle,
    IOptions<EngineOptions> options
)
{
    /// <summary>What a project that Agora slowed down gets back of its rate, per second of recording time.</summary>
    private const double RecoveryPerSecond = 0.01;

    private const double SlowDown = 0.9;
    private const string SlowestPace = "0.1";

    /// <summary>How long a project is silent after 429, unless Agora says how long, in recording time: a part of the second that rates are for.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(500);

    /// <summary>Refusals within this time are one, in recording time.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(1);

    /// <summary>How long nobody tries to start after a quota was found used up, in recording time; the end of a recorder ends it.</summary>
    private static readonly TimeSpan QuotaHold = TimeSpan.FromSeconds(3);

    /// <summary>How soon a start of a paused project looks again.</summary>
    private static readonly TimeSpan PauseLook = TimeSpan.FromSeconds(5);

    /// <summary>Between a claim and the request that it was made for lie two statements.</summary>
    private static readonly TimeSpan UsualDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>A little more than the longest wait between two looks, a fifth above <see cref="EngineOptions.Poll"/>.</summary>
    private const double PollsAhead = 1.25;

    /// <summary>The share of its rate that project row p has now; a clock that was set back must not make it none.</summary>
    private const string Pace = $"least(1, greatest({SlowestPace}, p.pace + @recovery * extract(epoch from now() - p.paced_at)::float8))";

    /// <summary>Seconds between two requests of project row p whose full rate is r.rate.</summary>
    public const string Spacing = $"1 / (r.rate * {Pace})";

    /// <summary>
    /// When the next request of project row p may be sent. The clock of this moment: the row may have been waited for. What is further off than any silence
    /// was written before the clock was set back.
    /// </summary>
    public const string FreeAt =
        "case when p.next_call_at between clock_timestamp() and clock_timestamp() + interval '2 minutes' then p.next_call_at else clock_timestamp() end";

    /// <summary>Whether recorders of project row p may be started.</summary>
    public const string MayStart = "p.paused_at is null and (p.starts_from is null or p.starts_from <= now())";

    /// <summary>The load of project row p now. What is older than an hour and a half counts for nothing, and must not underflow.</summary>
    public const string Load = "p.load * exp(-least(greatest(extract(epoch from now() - p.loaded_at)::float8, 0) / 60, 100))";

    // Purpose: the moment of one further request for a recording that is held already, if it is near enough. Index: primary key.
    // Lock: the budget row. Bound: one row.
    private const string TakeSql = $"""
        with had as materialized (
          select p.id, {FreeAt} as free_at, {Spacing} as spacing, ({MayStart}) or not @starts as allowed, p.starts_from
          from recording.projects p cross join (select @rate::float8 as rate) r where p.id = @project for no key update of p),
        granted as (
          update recording.projects p
             set next_call_at = had.free_at + had.spacing * interval '1 second', load = {Load} + 1, loaded_at = now()
            from had where p.id = had.id and had.allowed and had.free_at <= clock_timestamp() + case when @owed then @patience else @ahead end
          returning p.id)
        select exists (select from granted), allowed, extract(epoch from free_at - clock_timestamp())::float8,
               coalesce(extract(epoch from starts_from - clock_timestamp()), 0)::float8
        from had
        """;

    // Purpose: Agora takes less than it is sent. One burst is refused many times and counts once. Index: primary key. Bound: one row.
    private const string SlowDownSql = $"""
        update recording.projects p
           set pace = case when paced_at <= now() - @burst then greatest({SlowestPace}, @slow_down * {Pace}) else pace end,
               paced_at = case when paced_at <= now() - @burst then now() else paced_at end,
               next_call_at = greatest(next_call_at, now() + @silence)
         where id = @project
        """;

    // Purpose: the quota of recorders is used up; until one ends, starting costs two requests and brings nothing. Bound: one row.
    private const string HoldStartsSql = "update recording.projects set starts_from = now() + @hold where id = @project";

    // Purpose: a recorder ended, so another one may start. Bound: one row; none where nothing was held.
    private const string OpenStartsSql = "update recording.projects set starts_from = null where id = @project and starts_from is not null";

    /// <summary>How far ahead of its moment a request is granted, in real time.</summary>
    public TimeSpan Ahead { get; } = Shorter(options.Value.Poll * PollsAhead, PatienceOf(options.Value));

    /// <summary>How long a holder may wait for a moment and still have time for its call.</summary>
    private readonly TimeSpan patience = PatienceOf(options.Value);

    /// <summary>What a slowed project gets back per second of real time.</summary>
    public double Recovery => RecoveryPerSecond * clock.Speed;

    /// <summary>The rate of a project per second of real time, before Agora slows it down.</summary>
    public double RateOf(Budget budget) => budget.RatePerSecond * clock.Speed;

    /// <summary>Asks for the moment of one further request.</summary>
    /// <param name="budget">Of the project.</param>
    /// <param name="starts">Whether it is to start a recorder.</param>
    /// <param name="isOwed">Whether it is granted as far ahead as its lease allows: there are no more such than recordings held.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Grant> TakeAsync(Budget budget, bool starts, bool isOwed, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(TakeSql);
        command.Parameters.AddWithValue("project", budget.ProjectId);
        command.Parameters.AddWithValue("rate", RateOf(budget));
        command.Parameters.AddWithValue("recovery", Recovery);
        command.Parameters.AddWithValue("starts", starts);
        command.Parameters.AddWithValue("owed", isOwed);
        command.Parameters.AddWithValue("ahead", Ahead);
        command.Parameters.AddWithValue("patience", patience);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var wait = TimeSpan.FromSeconds(Math.Max(0, reader.GetDouble(2)));
        if (reader.GetBoolean(0))
        {
            return new(After(wait.TotalSeconds), TimeSpan.Zero);
        }

        return reader.GetBoolean(1) ? new(null, wait)
            : reader.GetDouble(3) is > 0 and var held ? new(null, TimeSpan.FromSeconds(held))
            : new(null, PauseLook / clock.Speed);
    }

    /// <summary>Whether a moment passed so long ago that a request sent now would come as one too many beside the next ones.</summary>
    public bool IsStale(long slot, Budget budget)
    {
        var spacing = TimeSpan.FromSeconds(1 / RateOf(budget));
        return time.GetElapsedTime(slot) > (spacing > UsualDelay ? spacing : UsualDelay);
    }

    /// <summary>The monotonic time stamp so many seconds from now.</summary>
    public long After(double seconds) => time.GetTimestamp() + (long)(Math.Max(0, seconds) * time.TimestampFrequency);

    /// <summary>Draws the consequences of an answer for the whole project.</summary>
    public Task NoteAsync(Budget budget, Answered answered, CancellationToken cancellationToken) =>
        answered.Failure switch
        {
            { Kind: AgoraFailureKind.RateLimited } failure => SlowDownAsync(
                budget,
                Shorter(failure.RetryAfter ?? Silence, lifecycle.RetryAfterLimit),
                cancellationToken
            ),
            { Kind: AgoraFailureKind.QuotaExhausted } => ChangeAsync(HoldStartsSql, budget, QuotaHold, cancellationToken),
            null
            or { Kind: AgoraFailureKind.AlreadyExiting or AgoraFailureKind.RecorderNotFound or AgoraFailureKind.NothingRecorded }
                when answered.Outcome is StopAnswered => ChangeAsync(OpenStartsSql, budget, null, cancellationToken),
            _ => Task.CompletedTask,
        };

    private static TimeSpan PatienceOf(EngineOptions engine) => (engine.Lease - engine.LongestEffect - engine.LeaseMargin) / 2;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task SlowDownAsync(Budget budget, TimeSpan silence, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(SlowDownSql);
        command.Parameters.AddWithValue("project", budget.ProjectId);
        command.Parameters.AddWithValue("silence", silence / clock.Speed);
        command.Parameters.AddWithValue("burst", Burst / clock.Speed);
        command.Parameters.AddWithValue("slow_down", SlowDown);
        command.Parameters.AddWithValue("recovery", Recovery);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task ChangeAsync(string sql, Budget budget, TimeSpan? hold, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddWithValue("project", budget.ProjectId);
        if (hold is { } length)
        {
            command.Parameters.AddWithValue("hold", length / clock.Speed);
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>The answer to a wish for one further request.</summary>
/// <param name="Slot">Monotonic time stamp from which it may be sent, or null when it is refused.</param>
/// <param name="Wait">When to ask again, in real time, if it is refused.</param>
internal readonly record struct Grant(long? Slot, TimeSpan Wait);
