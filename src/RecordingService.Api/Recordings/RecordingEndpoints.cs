using RecordingService.Api.Access;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Recordings;

/// <summary>The addresses of recordings, and what the OpenAPI document tells about them.</summary>
internal static class RecordingEndpoints
{
    public static readonly Problem[] UnreadableBodies =
    [
        Problem.InvalidRequest,
        Problem.MalformedBody,
        Problem.BodyTooLarge,
        Problem.UnsupportedMediaType,
    ];

    private static readonly ParameterDoc SafeToRepeat = ParameterDoc.Header(
        RequestHeaders.IdempotencyKeyName,
        "Taken so that callers may send one with every POST. It changes nothing: a stop is safe to repeat without."
    );

    public static void AddRecordings(this IServiceCollection services) => services.AddSingleton<StartCheck>().AddSingleton<ChannelKeys>();

    public static void MapRecordings(this WebApplication app)
    {
        var recordings = app.MapGroup("/v1").WithTags("Recordings").AlwaysAnswersProblems();
        MapCommands(recordings);
        MapReads(recordings);
    }

    private static void MapCommands(RouteGroupBuilder recordings)
    {
        recordings
            .MapPost("/recordings", RecordingCommands.StartAsync)
            .WithName("startRecording")
            .WithSummary("Starts recording a class.")
            .WithDescription(
                "The recording is stored before this answers and is never forgotten afterwards: 202. A second start for the same project, channel "
                    + "and label while one is live returns that one (200); with other parameters it is refused. With Prefer: wait=N the answer waits "
                    + "up to N s until a recorder is proven to run, and is 201 then."
            )
            .Takes(
                ParameterDoc.Header(
                    RequestHeaders.IdempotencyKeyName,
                    "Makes repeats safe: the same key and body answer with the same recording."
                ),
                ParameterDoc.Header(RequestHeaders.PreferName, "wait=N waits up to N s (at most 90) until a recorder is proven to run.")
            )
            .Accepts<StartRecordingRequest>("application/json")
            .Produces<RecordingResource>(202)
            .Produces<RecordingResource>(201)
            .Produces<RecordingResource>()
            .AnswersProblems([.. UnreadableBodies, Problem.DiffersFromLive, Problem.KeyReused, Problem.NoStorageProfile])
            .Requires(Scope.Record);
        recordings
            .MapPatch("/recordings/{id}", RecordingCommands.ChangeAsync)
            .WithName("changeRecording")
            .WithSummary("Extends, shortens or relabels a live recording.")
            .WithDescription(
                "Only the members that are named change. metadata is replaced as a whole, and may be changed after the end, too."
            )
            .Accepts<ChangeRecordingRequest>("application/json")
            .Produces<RecordingResource>()
            .AnswersProblems([.. UnreadableBodies, Problem.NotFound, Problem.NotLive])
            .Requires(Scope.Record);
        MapLiveChanges(recordings);
        MapOperatorActions(recordings);
        recordings
            .MapPost("/recordings/{id}/stop", RecordingCommands.StopAsync)
            .WithName("stopRecording")
            .WithSummary("Stops a recording. Safe early, late and twice.")
            .WithDescription("Answers 202 while recorders leave and files arrive, and 200 once nothing will change any more.")
            .Takes(
                SafeToRepeat,
                ParameterDoc.Header(
                    RequestHeaders.PreferName,
                    "wait=N waits up to N s (at most 90) until the recording has ended and its files are final."
                )
            )
            .Produces<RecordingResource>(202)
            .Produces<RecordingResource>()
            .AnswersProblems(Problem.InvalidRequest, Problem.NotFound)
            .Requires(Scope.Record);
        recordings
            .MapPost("/channels/{channel}/stop", RecordingCommands.StopChannelAsync)
            .WithName("stopChannel")
            .WithSummary("Stops whatever is live in a channel, for callers that kept no id.")
            .WithDescription(
                "Answers with the recordings that it stopped: 202, or 200 when there is none or nothing of them will change any more. "
                    + "The channels '.' and '..' cannot stand in a path: stop their recordings by id."
            )
            .Takes(
                ParameterDoc.Query<string>("project", "Only this project."),
                ParameterDoc.Query<string>("label", "Only this label."),
                SafeToRepeat,
                ParameterDoc.Header(
                    RequestHeaders.PreferName,
                    "wait=N waits up to N s (at most 90) until all of them have ended and their files are final."
                )
            )
            .Produces<StoppedRecordings>(202)
            .Produces<StoppedRecordings>()
            .AnswersProblems(Problem.InvalidRequest)
            .Requires(Scope.Record);
    }

    private static void MapOperatorActions(RouteGroupBuilder recordings)
    {
        Describe(
            recordings
                .MapPost("/recordings/{id}/recheck", OperatorCommands.RecheckAsync)
                .WithName("recheckRecording")
                .WithSummary("For operators: does now whatever is due next.")
                .WithDescription(
                    "Whatever the next check time is: asks Agora for the recorder, repeats a start or stop that is waited for, looks for files that are "
                        + "awaited, searches for a recorder whose sid is not known. 202, or 200 when the answer is known already. May be sent at any time: "
                        + "it makes no verdict come earlier."
                ),
            "wait=N waits up to N s (at most 90) until a call has been answered."
        );
        Describe(
            recordings
                .MapPost("/recordings/{id}/replace", OperatorCommands.ReplaceAsync)
                .WithName("replaceRecorder")
                .WithSummary("For operators: lets another recorder take over from the one that runs.")
                .WithDescription(
                    "Another recorder is started under another uid. The present one is stopped as soon as that one is proven to run, and goes on if it does "
                        + "not come to run: one attempt for each request. 202, or 200 when the other one is proven."
                ),
            "wait=N waits up to N s (at most 90) until the other recorder is proven to run."
        );
        Describe(
            recordings
                .MapPost("/recordings/{id}/close", OperatorCommands.CloseAsync)
                .WithName("closeRecording")
                .WithSummary("For operators: ends a recording as lost. It is never taken back.")
                .WithDescription(
                    "Nothing more is expected of it: what may still run is stopped once, and files of a recorder that left orderly are looked for during 30 s at most. "
                        + "The recording is failed, with reason closed_by_operator. 202, or 200 once nothing will change any more."
                ),
            "wait=N waits up to N s (at most 90) until nothing will change any more."
        );

        static void Describe(RouteHandlerBuilder action, string wait) =>
            action
                .Takes(
                    ParameterDoc.Header(
                        RequestHeaders.IdempotencyKeyName,
                        "Makes repeats safe: the same key and body do the same thing once."
                    ),
                    ParameterDoc.Header(RequestHeaders.PreferName, wait)
                )
                .Accepts<OperatorActionRequest>("application/json")
                .Produces<RecordingResource>(202)
                .Produces<RecordingResource>()
                .AnswersProblems([.. UnreadableBodies, Problem.NotFound, Problem.NotInThisState, Problem.KeyReused])
                .Requires(Scope.Operate);
    }

    private static void MapLiveChanges(RouteGroupBuilder recordings)
    {
        var ifMatch = ParameterDoc.Header(
            RequestHeaders.IfMatchName,
            "Changes only this version, such as \"2\"; otherwise 412. Without it the last writer wins, member by member."
        );
        Problem[] refusals = [.. UnreadableBodies, Problem.NotFound, Problem.NotLive, Problem.NotInThisMode, Problem.PreconditionFailed];
        recordings
            .MapGet("/recordings/{id}/layout", LiveChanges.GetLayoutAsync)
            .WithName("getLayout")
            .WithSummary("Tells the layout that a mix is wanted to have, and whether its recorder has it.")
            .WithDescription("ETag is the version that is wanted; PATCH takes it as If-Match. Version 0 is the room type's own layout.")
            .Produces<DesiredLayout>()
            .AnswersProblems(Problem.NotFound, Problem.NotInThisMode)
            .Requires(Scope.Read);
        recordings
            .MapPatch("/recordings/{id}/layout", LiveChanges.ChangeLayoutAsync)
            .WithName("changeLayout")
            .WithSummary("Changes the layout of a live mix.")
            .WithDescription(
                "Only the members that are named change; null takes a member back to its default. Agora replaces layouts as a whole, so the whole "
                    + "is kept here and given to every recorder of this recording."
            )
            .Takes(ifMatch)
            .Accepts<ChangeLayoutRequest>("application/json", "application/merge-patch+json")
            .Produces<DesiredLayout>()
            .AnswersProblems(refusals)
            .Requires(Scope.Record);
        recordings
            .MapGet("/recordings/{id}/subscription", LiveChanges.GetSubscriptionAsync)
            .WithName("getSubscription")
            .WithSummary("Tells whose sound and picture are wanted to be recorded, and whether the recorder does so.")
            .WithDescription("ETag is the version that is wanted; PATCH takes it as If-Match. Version 0 is everybody.")
            .Produces<DesiredSubscription>()
            .AnswersProblems(Problem.NotFound, Problem.NotInThisMode)
            .Requires(Scope.Read);
        recordings
            .MapPatch("/recordings/{id}/subscription", LiveChanges.ChangeSubscriptionAsync)
            .WithName("changeSubscription")
            .WithSummary("Changes whose sound and picture a live recording takes.")
            .WithDescription("Only the members that are named change; null is everybody. Each of the two is replaced as a whole.")
            .Takes(ifMatch)
            .Accepts<ChangeSubscriptionRequest>("application/json", "application/merge-patch+json")
            .Produces<DesiredSubscription>()
            .AnswersProblems(refusals)
            .Requires(Scope.Record);
    }

    private static void MapReads(RouteGroupBuilder recordings)
    {
        recordings
            .MapGet("/recordings", RecordingReads.ListAsync)
            .WithName("listRecordings")
            .WithSummary("Lists recordings, newest first.")
            .WithDescription(
                "All filters hold together. A page that is not the last one has nextCursor; pass it as cursor with the same filters."
            )
            .Takes(
                ParameterDoc.Query<string>("channel", "Only this channel."),
                ParameterDoc.Query<RecordingState>("state", "Only this state."),
                ParameterDoc.Query<string>("roomType", "Only this room type."),
                ParameterDoc.Query<string>("project", "Only this project."),
                ParameterDoc.Query<string>("externalId", "Only this id of yours."),
                ParameterDoc.Query<DateTimeOffset>("from", "Accepted at or after (RFC 3339)."),
                ParameterDoc.Query<DateTimeOffset>("to", "Accepted before (RFC 3339)."),
                ParameterDoc.Query<string>("cursor", "nextCursor of the page before."),
                ParameterDoc.Number("limit", "Recordings per page.", 1, RecordingReads.LargestPage, RecordingReads.DefaultPage)
            )
            .Produces<RecordingPage>()
            .AnswersProblems(Problem.InvalidRequest)
            .Requires(Scope.Read);
        recordings
            .MapGet("/recordings/{id}", RecordingReads.GetAsync)
            .WithName("getRecording")
            .WithSummary("Tells how a recording is, why, and where its playlist lies.")
            .WithDescription(
                "Callers that poll send the ETag of the last answer as If-None-Match: 304 tells that nothing has changed. It changes with whatever the answer tells, "
                    + "proofs and next check included."
            )
            .Produces<RecordingResource>()
            .AnswersConditionally()
            .AnswersProblems(Problem.NotFound)
            .Requires(Scope.Read);
        recordings
            .MapGet("/recordings/{id}/files", RecordingReads.FilesAsync)
            .WithName("getFiles")
            .WithSummary("Lists the files of all recorders of a recording that are known by address.")
            .WithDescription(
                "Playlists are listed as soon as their names are known; they are verified once they were found in the bucket. "
                    + "Of a long recording a sample of the slices is looked for; the playlist names all of them."
            )
            .Produces<FileList>()
            .AnswersProblems(Problem.NotFound)
            .Requires(Scope.Read);
        recordings
            .MapGet("/recordings/{id}/timeline", RecordingReads.TimelineAsync)
            .WithName("getTimeline")
            .WithSummary("Tells everything that happened to a recording.")
            .WithDescription(
                "Who asked, what was called, what came back, what was decided, oldest first. Pass next as after to read on, also when there was nothing new."
            )
            .Takes(
                ParameterDoc.Number("after", "Only lines behind this sequence number; pass next of the page before.", 0, long.MaxValue, 0),
                ParameterDoc.Number("limit", "Lines per page.", 1, RecordingReads.MostLines, RecordingReads.DefaultLines)
            )
            .Produces<Timeline>()
            .AnswersProblems(Problem.InvalidRequest, Problem.NotFound)
            .Requires(Scope.Read);
    }
}
