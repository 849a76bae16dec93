using System.ComponentModel.DataAnnotations;
using RecordingService.Api.Access;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Recordings;

/// <summary>What operators do to one recording. Each action is stored with who did it and why; the holder of the recording carries it out.</summary>
internal static class OperatorCommands
{
    public const int OperatorCharacters = 100;
    public const int NoteCharacters = 500;

    public static Task<IResult> RecheckAsync(HttpContext http, string id, [AsParameters] Services services) =>
        ActAsync(OperatorAction.Recheck, http, id, services);

    public static Task<IResult> ReplaceAsync(HttpContext http, string id, [AsParameters] Services services) =>
        ActAsync(OperatorAction.Replace, http, id, services);

    public static Task<IResult> CloseAsync(HttpContext http, string id, [AsParameters] Services services) =>
        ActAsync(OperatorAction.Close, http, id, services);

    private static async Task<IResult> ActAsync(OperatorAction action, HttpContext http, string id, Services services)
    {
        List<Violation> violations = [];
        var key = RequestHeaders.IdempotencyKey(http.Request, violations);
        var wait = RequestHeaders.Wait(http.Request, violations);
        var (body, refusal) = await RequestBody.ReadAsync(http.Request, violations, http.RequestAborted);
        if (body is null)
        {
            return refusal!;
        }

        var (name, note) = WhoAndWhy(body);
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (await services.Queries.FindAsync(http, id) is not { Recording: var before })
        {
            return RecordingReads.Unknown(id);
        }

        var request = new OperatorRequest(before.Id, action, name!, note!, http.Caller().Name, key);
        // The key first: what was done once is told again, although the action itself may have ended the recording.
        var outcome = await services.Requests.FindAsync(request, http.RequestAborted);
        if (outcome is null && !before.MakesSense(action))
        {
            return NotInThisState(action, before);
        }

        outcome ??= await services.Requests.TakeAsync(request, http.RequestAborted);
        if (outcome is OperatorOutcome.KeyReused reused)
        {
            return RecordingCommands.KeyReused(http, key!, reused.RecordingId);
        }

        var since = outcome switch
        {
            OperatorOutcome.Taken taken => taken.Since,
            OperatorOutcome.Repeated repeated => repeated.Since,
            _ => throw new InvalidOperationException($"No such outcome: {outcome.GetType().Name}."),
        };
        await services.Waits.WaitAsync(before.Id, now => IsDone(action, since, now), wait, http.RequestAborted);
        RequestHeaders.TellApplied(http.Response, wait);
        var after = (await services.Queries.FindAsync(before.Id, http.RequestAborted))!;
        return Results.Json(after.ToResource(services.Routes), statusCode: IsDone(action, since, after.Recording) ? 200 : 202);
    }

    /// <summary>Takes the members that every action of an operator needs; whatever else there is, is refused.</summary>
    public static (string? Operator, string? Note) WhoAndWhy(RequestBody body)
    {
        var (name, note) = (Text(body, "operator", OperatorCharacters), Text(body, "note", NoteCharacters));
        body.RefuseUnknown();
        return (name, note);
    }

    private static string? Text(RequestBody body, string name, int atMost) =>
        body.Text(
            name,
            $"1 to {atMost} characters, not all of them blank, none of them a control character",
            text => text.Length <= atMost && !string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl),
            required: true
        );

    /// <summary>Whether an action that was asked for at a moment has come to its end, whoever asks and however often.</summary>
    private static bool IsDone(OperatorAction action, DateTimeOffset since, Recording now) =>
        action switch
        {
            OperatorAction.Recheck => now.Runs.Any(run => run.RecheckedAt >= since) || !now.MakesSense(action),
            OperatorAction.Replace => now.Runs.Any(run => run is { Phase: RunPhase.Recording, ReplacedBy: null } && run.ProvenAt >= since)
                || RecordingCommands.IsFinal(now),
            OperatorAction.Close => RecordingCommands.IsFinal(now) && now.Files != FilesState.Pending,
        };

    private static ProblemResult NotInThisState(OperatorAction action, Recording recording)
    {
        var (done, afterwards) = action switch
        {
            OperatorAction.Recheck => ("rechecked", ", and afterwards as long as a recorder or its files are looked for"),
            OperatorAction.Replace => ("given another recorder", ""),
            OperatorAction.Close => ("closed", ""),
        };
        var states = OperatorActions.StatesOf(action).Select(state => Violation.Shown(state)).ToList();
        return Problem.NotInThisState.Because(
            $"Recording {recording.Id} is {Violation.Shown(recording.State)}. It can be {done} while it is "
                + $"{string.Join(", ", states.SkipLast(1))} or {states[^1]}{afterwards}."
        );
    }

    /// <summary>What every action needs.</summary>
    internal sealed record Services(OperatorRequests Requests, RecordingQueries Queries, RecordingWaits Waits, StorageRoutes Routes);
}

/// <summary>Who wants something done to a recording or a project, and why. Both are kept and shown.</summary>
public sealed record OperatorActionRequest
{
    /// <summary>Name of the operator: 1 to 100 characters, none of them a control character.</summary>
    [Required, MaxLength(OperatorCommands.OperatorCharacters)]
    public required string Operator { get; init; }

    /// <summary>Why: 1 to 500 characters, none of them a control character.</summary>
    [Required, MaxLength(OperatorCommands.NoteCharacters)]
    public required string Note { get; init; }
}
