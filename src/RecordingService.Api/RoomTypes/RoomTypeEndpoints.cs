using RecordingService.Api.Access;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Api.Recordings;
using RecordingService.Api.Requests;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.RoomTypes;

using RoomTypes = Infrastructure.Engine.RoomTypes;

/// <summary>Which room types there are, what each decides, and how that is changed.</summary>
internal static class RoomTypeEndpoints
{
    public static void AddRoomTypes(this IServiceCollection services) => services.AddSingleton<RoomTypeCheck>();

    public static void MapRoomTypes(this WebApplication app)
    {
        var roomTypes = app.MapGroup("/v1/room-types").WithTags("Room types").AlwaysAnswersProblems();
        roomTypes
            .MapGet("", ListAsync)
            .WithName("listRoomTypes")
            .WithSummary("Lists the room types that a start may name, and what each decides.")
            .WithDescription("Those that came with the service and those that were made, by name.")
            .Produces<RoomTypeList>()
            .Requires(Scope.Read);
        roomTypes
            .MapGet("/{name}", GetAsync)
            .WithName("getRoomType")
            .WithSummary("Tells what a room type decides.")
            .WithDescription("ETag is its version; PUT and DELETE take it as If-Match.")
            .Produces<RoomTypeResource>()
            .AnswersConditionally()
            .AnswersProblems(Problem.NotFound)
            .Requires(Scope.Read);
        roomTypes
            .MapPut("/{name}", PutAsync)
            .WithName("putRoomType")
            .WithSummary("Makes a room type, or replaces it as a whole.")
            .WithDescription(
                "The policy is checked as a whole: every rule of Agora and of this service that it breaks is answered at once, each with the document "
                    + "that it comes from. Recordings that were accepted before keep the policy that they started with."
            )
            .Takes(
                ParameterDoc.Header(RequestHeaders.IfMatchName, "Replaces only this version, such as \"3\"; otherwise 412."),
                ParameterDoc.Header(RequestHeaders.IfNoneMatchName, "* makes a new room type only; 412 when there is one of that name.")
            )
            .Accepts<PutRoomTypeRequest>("application/json")
            .Produces<RoomTypeResource>(201)
            .Produces<RoomTypeResource>()
            .AnswersProblems([.. RecordingEndpoints.UnreadableBodies, Problem.PreconditionFailed])
            .Requires(Scope.Admin);
        roomTypes
            .MapDelete("/{name}", DeleteAsync)
            .WithName("deleteRoomType")
            .WithSummary("Removes a room type.")
            .WithDescription(
                "No start may name it any more; recordings that were accepted before keep its policy. A room type that came with the service stays "
                    + "removed. Made again, it goes on counting versions."
            )
            .Takes(ParameterDoc.Header(RequestHeaders.IfMatchName, "Removes only this version, such as \"3\"; otherwise 412."))
            .Produces(204)
            .AnswersProblems(Problem.InvalidRequest, Problem.NotFound, Problem.PreconditionFailed)
            .Requires(Scope.Admin);
    }

    private static async Task<IResult> ListAsync(RoomTypes roomTypes, CancellationToken cancellationToken) =>
        Results.Ok(new RoomTypeList([.. (await roomTypes.ListAsync(cancellationToken)).Select(ToResource)]));

    private static async Task<IResult> GetAsync(HttpContext http, string name, RoomTypes roomTypes)
    {
        if (!RoomTypeName.IsValid(name) || await roomTypes.FindAsync(name, http.RequestAborted) is not { } found)
        {
            return Unknown(name);
        }

        return new TaggedResult(ToResource(found), found.Version);
    }

    private static async Task<IResult> PutAsync(HttpContext http, string name, RoomTypeCheck check, RoomTypes roomTypes)
    {
        List<Violation> violations = [];
        var condition = RequestHeaders.Condition(http.Request, violations);
        if (!RoomTypeName.IsValid(name))
        {
            violations.Add(new("name", Violation.Cut(name), $"must be {RoomTypeName.Rule}."));
        }

        var (body, refusal) = await RequestBody.ReadAsync(http.Request, violations, http.RequestAborted);
        if (body is null)
        {
            return refusal!;
        }

        var (description, policy) = check.Read(body);
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        var outcome = await roomTypes.PutAsync(name, description, policy, condition.Holds, http.Actor(), http.RequestAborted);
        return outcome switch
        {
            RoomTypeOutcome.Created created => Stored(http, created.RoomType, isNew: true),
            RoomTypeOutcome.Replaced replaced => Stored(http, replaced.RoomType, isNew: false),
            _ => Answer(name, outcome, condition),
        };
    }

    private static async Task<IResult> DeleteAsync(HttpContext http, string name, RoomTypes roomTypes)
    {
        List<Violation> violations = [];
        var condition = RequestHeaders.Condition(http.Request, violations);
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        return RoomTypeName.IsValid(name)
            ? Answer(name, await roomTypes.RemoveAsync(name, condition.Holds, http.Actor(), http.RequestAborted), condition)
            : Unknown(name);
    }

    private static IResult Stored(HttpContext http, RoomType roomType, bool isNew)
    {
        RequestHeaders.TellVersion(http.Response, roomType.Version);
        if (isNew)
        {
            http.Response.Headers.Location = $"/v1/room-types/{roomType.Name}";
        }

        return Results.Json(ToResource(roomType), statusCode: isNew ? 201 : 200);
    }

    private static IResult Answer(string name, RoomTypeOutcome outcome, VersionCondition condition) =>
        outcome switch
        {
            RoomTypeOutcome.Refused refused => Problem.PreconditionFailed.Because(
                condition.Refusal($"room type '{name}'", refused.Version)
            ),
            RoomTypeOutcome.Removed => Results.NoContent(),
            _ => Unknown(name),
        };

    private static ProblemResult Unknown(string name) =>
        Problem.NotFound.Because($"No room type is called '{Violation.Cut(name)}'; GET /v1/room-types lists them.");

    private static RoomTypeResource ToResource(RoomType type)
    {
        var policy = type.Policy;
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
                OnIdleExit = policy.OnIdleExit,
                MaxDuration = policy.MaxDuration,
                StreamMode = policy.StreamMode,
                SnapshotInterval = policy.SnapshotInterval,
                SnapshotsOnly = policy.SnapshotsOnly,
                AudioQuality = policy.AudioQuality,
                Layout = policy.Layout,
                Quality = new(policy.Quality.Width, policy.Quality.Height, policy.Quality.FramesPerSecond, policy.Quality.BitrateKbps),
                Mp4 = policy.Mp4,
                StorageProfile = policy.StorageProfile,
            },
            IdleTimes.Of(policy, longestBreak: null, policy.MaxDuration)
        );
    }
}
