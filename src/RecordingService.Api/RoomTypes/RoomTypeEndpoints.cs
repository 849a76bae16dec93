using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Api.Recordings;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.RoomTypes;

using RoomTypes = Infrastructure.Engine.RoomTypes;

/// <summary>Which room types there are, and what each decides.</summary>
internal static class RoomTypeEndpoints
{
    public static void MapRoomTypes(this WebApplication app)
    {
        var roomTypes = app.MapGroup("/v1/room-types").WithTags("Room types").AlwaysAnswersProblems();
        roomTypes
            .MapGet("", ListAsync)
            .WithName("listRoomTypes")
            .WithSummary("Lists the room types that a start may name, and what each decides.")
            .Produces<RoomTypeList>();
        roomTypes
            .MapGet("/{name}", GetAsync)
            .WithName("getRoomType")
            .WithSummary("Tells what a room type decides.")
            .Produces<RoomTypeResource>()
            .AnswersProblems(Problem.NotFound);
    }

    private static async Task<IResult> ListAsync(RoomTypes roomTypes, CancellationToken cancellationToken) =>
        Results.Ok(new RoomTypeList([.. (await roomTypes.ListAsync(cancellationToken)).Select(ToResource)]));

    private static async Task<IResult> GetAsync(string name, RoomTypes roomTypes, CancellationToken cancellationToken) =>
        StartCheck.IsRoomTypeName(name) && await roomTypes.FindAsync(name, cancellationToken) is { } found
            ? Results.Ok(ToResource(found))
            : Problem.NotFound.Because($"No room type is called '{Violation.Cut(name)}'; GET /v1/room-types lists them.");

    private static RoomTypeResource ToResource(RoomType type)
    {
        var policy = type.Policy;
        var idle = IdleTimePolicy.Derive(policy, longestBreak: null, policy.MaxDuration);
        return new(
            type.Name,
            type.Version,
            type.Description,
            new PolicyResource
            {
                Mode = policy.Mode,
                ChannelProfile = policy.ChannelProfile,
                StreamTypes = policy.StreamTypes,
                LongestBreak = policy.LongestBreak,
                StayInChannel = policy.StayInChannel,
                IdleTime = new(idle.MaxIdleTime, idle.Derivation),
                OnIdleExit = policy.OnIdleExit,
                MaxDuration = policy.MaxDuration,
                Layout = policy.Layout,
                Quality = new(policy.Quality.Width, policy.Quality.Height, policy.Quality.FramesPerSecond, policy.Quality.BitrateKbps),
                Mp4 = policy.Mp4,
                StorageProfile = policy.StorageProfile,
            }
        );
    }
}

/// <summary>The room types.</summary>
/// <param name="Items">All of them, by name.</param>
public sealed record RoomTypeList(IReadOnlyList<RoomTypeResource> Items);

/// <summary>A kind of class.</summary>
/// <param name="Name">Name, as used in <c>roomType</c>.</param>
/// <param name="Version">Counts the changes of its policy, from 1. A recording keeps the version that it started with.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Policy">What it decides.</param>
public sealed record RoomTypeResource(string Name, int Version, string Description, PolicyResource Policy);

/// <summary>What a room type decides about its recordings.</summary>
public sealed record PolicyResource
{
    /// <summary>Recording mode.</summary>
    public required RecordingMode Mode { get; init; }

    /// <summary>Channel profile of the SDK clients; must equal theirs.</summary>
    public required ChannelProfile ChannelProfile { get; init; }

    /// <summary>Streams that are recorded.</summary>
    public required StreamTypes StreamTypes { get; init; }

    /// <summary>Longest expected time without a publisher: a break or an absence.</summary>
    public required TimeSpan LongestBreak { get; init; }

    /// <summary>Whether the recorder stays in an empty channel until stop or maximum duration.</summary>
    public required bool StayInChannel { get; init; }

    /// <summary>Idle time that recorders are given (maxIdleTime) when a start says nothing else.</summary>
    public required IdleTimeResource IdleTime { get; init; }

    /// <summary>What it means when a recorder leaves an empty channel.</summary>
    public required IdleExit OnIdleExit { get; init; }

    /// <summary>Longest recording.</summary>
    public required TimeSpan MaxDuration { get; init; }

    /// <summary>Layout of a mix.</summary>
    public required VideoLayout Layout { get; init; }

    /// <summary>Canvas of a mix.</summary>
    public required QualityResource Quality { get; init; }

    /// <summary>Whether MP4 files are made beside HLS.</summary>
    public required bool Mp4 { get; init; }

    /// <summary>Storage profile; null takes the project's own.</summary>
    public required string? StorageProfile { get; init; }
}

/// <summary>Canvas of a mixed recording.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="FramesPerSecond">Frames a second.</param>
/// <param name="BitrateKbps">Bit rate in kbit/s.</param>
public sealed record QualityResource(int Width, int Height, int FramesPerSecond, int BitrateKbps);
