using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Engine;

/// <summary>A kind of class and its policy.</summary>
/// <param name="Name">Name, as used in requests.</param>
/// <param name="Version">Counts the changes of the policy, from 1.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Policy">What it decides.</param>
public sealed record RoomType(string Name, int Version, string Description, RecordingPolicy Policy);

/// <summary>What became of a request to store or remove a room type.</summary>
public abstract record RoomTypeOutcome
{
    private RoomTypeOutcome() { }

    /// <summary>There was none of that name.</summary>
    public sealed record Created(RoomType RoomType) : RoomTypeOutcome;

    /// <summary>It is as asked for; its version counts on unless it was so before.</summary>
    public sealed record Replaced(RoomType RoomType) : RoomTypeOutcome;

    /// <summary>It is gone; recordings keep the policy that they started with.</summary>
    public sealed record Removed : RoomTypeOutcome;

    /// <summary>There is none of that name.</summary>
    public sealed record Unknown : RoomTypeOutcome;

    /// <summary>The condition of the request does not hold.</summary>
    /// <param name="Version">Version that it has; null when there is none of that name.</param>
    public sealed record Refused(int? Version) : RoomTypeOutcome;
}

/// <summary>The room types in the database.</summary>
/// <remarks>
/// A name that was removed keeps its row and goes on counting when it is made again: version 3 of a name is one policy for ever, and a shipped
/// type that was removed is not seeded again.
/// </remarks>
public sealed class RoomTypes
{
    /// <summary>What a new database starts with.</summary>
    internal static readonly IReadOnlyList<RoomType> Seeds =
    [
        new(
            "one-to-one",
            1,
            "One teacher, one student.",
            new RecordingPolicy
            {
                ChannelProfile = ChannelProfile.Communication,
                LongestBreak = TimeSpan.FromMinutes(2),
                MaxDuration = TimeSpan.FromHours(2),
            }
        ),
        new(
            "small-class",
            1,
            "A teacher and a few students who all speak.",
            new RecordingPolicy { LongestBreak = TimeSpan.FromMinutes(2), MaxDuration = TimeSpan.FromHours(3) }
        ),
        new(
            "lecture",
            1,
            "One teacher and an audience, with a break of 5 minutes.",
            new RecordingPolicy { LongestBreak = TimeSpan.FromMinutes(5) }
        ),
        new(
            "exam",
            1,
            "Watched from beginning to end; the recorder stays in an empty room.",
            new RecordingPolicy { StayInChannel = true, MaxDuration = TimeSpan.FromHours(5) }
        ),
    ];

    private readonly IDbContextFactory<RecordingDb> contexts;

    internal RoomTypes(IDbContextFactory<RecordingDb> contexts) => this.contexts = contexts;

    /// <summary>The room type of that name, or null.</summary>
    public async Task<RoomType?> FindAsync(string name, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context
            .RoomTypes.AsNoTracking()
            .Where(row => row.Name == name && row.RemovedAt == null)
            .Select(row => ToRoomType(row))
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>All room types by name.</summary>
    public async Task<IReadOnlyList<RoomType>> ListAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context
            .RoomTypes.AsNoTracking()
            .Where(row => row.RemovedAt == null)
            .OrderBy(row => row.Name)
            .Select(row => ToRoomType(row))
            .ToListAsync(cancellationToken);
    }

    /// <summary>Makes a room type or replaces it as a whole.</summary>
    /// <param name="name">Its name, valid by <see cref="RoomTypeName"/>.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="policy">What it decides, valid by <see cref="PolicyRules"/>.</param>
    /// <param name="condition">Whether to go on, given the version that it has now, or null when there is none of that name.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<RoomTypeOutcome> PutAsync(
        string name,
        string description,
        RecordingPolicy policy,
        Func<int?, bool> condition,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(actor);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var document = StateJson.Write(policy);
        while (true)
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            var before = await LockAsync(context, name, cancellationToken);
            var current = before is { RemovedAt: null } ? before : null;
            if (!condition(current?.Version))
            {
                return new RoomTypeOutcome.Refused(current?.Version);
            }

            if (current is not null && current.Description == description && current.Policy == policy)
            {
                return new RoomTypeOutcome.Replaced(ToRoomType(current));
            }

            var next = new RoomType(name, (before?.Version ?? 0) + 1, description, policy);
            var written = before is null
                ? await context.Database.ExecuteSqlAsync(
                    $"insert into recording.room_types (name, version, description, policy) values ({name}, {next.Version}, {description}, {document}::jsonb) on conflict (name) do nothing",
                    cancellationToken
                )
                : await context.Database.ExecuteSqlAsync(
                    $"update recording.room_types set version = {next.Version}, description = {description}, policy = {document}::jsonb, removed_at = null where name = {name}",
                    cancellationToken
                );
            if (written == 0)
            {
                // Somebody else made it in between; there was no row to lock.
                continue;
            }

            var detail = new JsonObject
            {
                ["version"] = next.Version,
                ["description"] = description,
                ["policy"] = JsonNode.Parse(document),
            };
            await WriteAuditAsync(transaction, actor, "putRoomType", name, detail, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return current is null ? new RoomTypeOutcome.Created(next) : new RoomTypeOutcome.Replaced(next);
        }
    }

    /// <summary>Removes a room type. Recordings keep the policy that they started with.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="condition">Whether to go on, given the version that it has now.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<RoomTypeOutcome> RemoveAsync(
        string name,
        Func<int?, bool> condition,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(actor);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await LockAsync(context, name, cancellationToken) is not { RemovedAt: null } current)
        {
            return condition(null) ? new RoomTypeOutcome.Unknown() : new RoomTypeOutcome.Refused(null);
        }

        if (!condition(current.Version))
        {
            return new RoomTypeOutcome.Refused(current.Version);
        }

        await context.Database.ExecuteSqlAsync(
            $"update recording.room_types set removed_at = now() where name = {name}",
            cancellationToken
        );
        await WriteAuditAsync(transaction, actor, "deleteRoomType", name, new() { ["version"] = current.Version }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new RoomTypeOutcome.Removed();
    }

    /// <summary>Gives a new database its first room types; existing ones stay as they are, removed ones removed.</summary>
    internal async Task SeedAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        foreach (var seed in Seeds)
        {
            var policy = StateJson.Write(seed.Policy);
            await context.Database.ExecuteSqlAsync(
                $"insert into recording.room_types (name, version, description, policy) values ({seed.Name}, 1, {seed.Description}, {policy}::jsonb) on conflict (name) do nothing",
                cancellationToken
            );
        }
    }

    // Purpose: nobody else changes the room type until this transaction ends. Index: primary key. Bound: one row.
    private static Task<RoomTypeRow?> LockAsync(RecordingDb context, string name, CancellationToken cancellationToken) =>
        context
            .RoomTypes.FromSql($"select * from recording.room_types where name = {name} for update")
            .AsNoTracking()
            .FirstOrDefaultAsync(cancellationToken);

    private static Task WriteAuditAsync(
        IDbContextTransaction transaction,
        Actor actor,
        string action,
        string name,
        JsonObject detail,
        CancellationToken cancellationToken
    ) => Audit.WriteAsync((NpgsqlTransaction)transaction.GetDbTransaction(), actor, action, name, detail, cancellationToken);

    private static RoomType ToRoomType(RoomTypeRow row) => new(row.Name, row.Version, row.Description, row.Policy);
}
