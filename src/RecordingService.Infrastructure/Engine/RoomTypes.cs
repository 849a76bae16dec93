using Microsoft.EntityFrameworkCore;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Engine;

/// <summary>A kind of class and its policy.</summary>
/// <param name="Name">Name, as used in requests.</param>
/// <param name="Version">Counts the changes of the policy, from 1.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Policy">What it decides.</param>
public sealed record RoomType(string Name, int Version, string Description, RecordingPolicy Policy);

/// <summary>The room types in the database.</summary>
public sealed class RoomTypes
{
    /// <summary>What a new database starts with.</summary>
    private static readonly IReadOnlyList<RoomType> Seeds =
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
            new RecordingPolicy { LongestBreak = TimeSpan.FromMinutes(5), Layout = VideoLayout.Vertical }
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

    /// <summary>Gives a new database its first room types; existing ones stay as they are.</summary>
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

    private static RoomType ToRoomType(RoomTypeRow row) => new(row.Name, row.Version, row.Description, row.Policy);
}
