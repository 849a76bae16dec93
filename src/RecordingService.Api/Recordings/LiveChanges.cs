using RecordingService.Api.Access;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Recordings;

/// <summary>Reads and changes the layout and the subscription of live recordings.</summary>
internal static class LiveChanges
{
    private static readonly LayoutState Layout = new();
    private static readonly SubscriptionState Subscription = new();

    public static Task<IResult> GetLayoutAsync(HttpContext http, string id, RecordingQueries queries) =>
        GetAsync(Layout, http, id, queries);

    public static Task<IResult> GetSubscriptionAsync(HttpContext http, string id, RecordingQueries queries) =>
        GetAsync(Subscription, http, id, queries);

    public static Task<IResult> ChangeLayoutAsync(HttpContext http, string id, RecordingRequests requests, RecordingQueries queries) =>
        ChangeAsync(Layout, http, id, requests, queries);

    public static Task<IResult> ChangeSubscriptionAsync(
        HttpContext http,
        string id,
        RecordingRequests requests,
        RecordingQueries queries
    ) => ChangeAsync(Subscription, http, id, requests, queries);

    private static async Task<IResult> GetAsync<T>(LiveState<T> state, HttpContext http, string id, RecordingQueries queries)
    {
        if (await queries.FindAsync(http, id) is not { } found)
        {
            return RecordingReads.Unknown(id);
        }

        return state.ExistsIn(found.Recording.Policy.Mode)
            ? Shown(state, http, found.Recording, Desired(state, found.Recording))
            : NotInThisMode(state, found.Recording);
    }

    private static async Task<IResult> ChangeAsync<T>(
        LiveState<T> state,
        HttpContext http,
        string id,
        RecordingRequests requests,
        RecordingQueries queries
    )
    {
        List<Violation> violations = [];
        var condition = RequestHeaders.Condition(http.Request, violations);
        var (body, refusal) = await RequestBody.ReadAsync(http.Request, violations, http.RequestAborted);
        if (body is null)
        {
            return refusal!;
        }

        var change = state.ReadChanges(body);
        body.RequireAny(orNull: true);
        body.RefuseUnknown();
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        var tried = -1;
        while (await queries.FindAsync(http, id) is { Recording: var recording } snapshot)
        {
            if (!state.ExistsIn(recording.Policy.Mode))
            {
                return NotInThisMode(state, recording);
            }

            if (recording is not { EndedAt: null, Stop: null, Wishes.StopRequestedAt: null })
            {
                return RecordingCommands.NotLive(snapshot.Recording);
            }

            var before = Desired(state, recording);
            if (before.Version == tried)
            {
                // Nobody else was faster, so the end came in between.
                return RecordingCommands.NotLive(snapshot.Recording);
            }

            if (!condition.Holds(before.Version))
            {
                return Problem.PreconditionFailed.Because(condition.Refusal($"the {state.Name} of recording {id}", before.Version));
            }

            var next = new Desired<T>(before.Version + 1, change(before.Value));
            body.Refuse(state.Check(next.Value, recording.Policy));
            if (violations.Count > 0)
            {
                return Problem.Of(violations);
            }

            if (await state.StoreAsync(requests, recording.Id, next, http.Caller().Name, http.RequestAborted))
            {
                return Shown(state, http, recording, next);
            }

            // Somebody else was faster, or the recording is to end: look again.
            tried = before.Version;
        }

        return RecordingReads.Unknown(id);
    }

    private static Desired<T> Desired<T>(LiveState<T> state, Recording recording) =>
        state.Asked(recording) ?? new(0, state.First(recording.Policy));

    private static IResult Shown<T>(LiveState<T> state, HttpContext http, Recording recording, Desired<T> desired)
    {
        RequestHeaders.TellVersion(http.Response, desired.Version);
        return Results.Ok(state.Show(recording, desired));
    }

    private static ProblemResult NotInThisMode<T>(LiveState<T> state, Recording recording) =>
        Problem.NotInThisMode.Because(
            $"Recording {recording.Id} is in mode {Violation.Shown(recording.Policy.Mode)}, which has no {state.Name}."
        );
}
