using System.Globalization;
using System.Text.Json;
using System.Xml;
using RecordingService.Api.Access;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Recordings;

/// <summary>Start, change and stop recordings.</summary>
internal static class RecordingCommands
{
    public static async Task<IResult> StartAsync(
        HttpContext http,
        StartCheck check,
        RecordingRequests requests,
        RecordingQueries queries,
        RecordingWaits waits,
        StorageRoutes routes,
        Backlog backlog
    )
    {
        var (order, refusal) = await check.CheckAsync(http.Request, http.Caller(), http.RequestAborted);
        if (order is null)
        {
            return refusal!;
        }

        var outcome = await requests.AcceptAsync(order.Request, http.RequestAborted);
        if (outcome is StartOutcome.KeyReused reused)
        {
            return KeyReused(http, order.Request.IdempotencyKey!, reused.RecordingId);
        }

        http.Response.Headers.Location = $"/v1/recordings/{outcome.RecordingId}";
        if (outcome is StartOutcome.Differs differs)
        {
            return Differs(differs);
        }

        await waits.WaitAsync(
            outcome.RecordingId,
            recording => recording.ConfirmedAt is not null || recording.EndedAt is not null,
            order.Wait,
            http.RequestAborted
        );
        RequestHeaders.TellApplied(http.Response, order.Wait);
        var resource = (await queries.FindAsync(outcome.RecordingId, http.RequestAborted))!.ToResource(routes);
        var status =
            outcome is StartOutcome.Existing ? 200
            : resource.ConfirmedAt is not null ? 201
            : 202;
        if (resource.State is RecordingState.Accepted or RecordingState.Starting)
        {
            resource = resource with
            {
                EstimatedWait = await backlog.EstimateAsync(resource.Project, outcome.RecordingId, http.RequestAborted) is { } wait
                    ? TimeSpan.FromSeconds(Math.Ceiling(wait.TotalSeconds))
                    : null,
            };
        }

        return Results.Json(resource, statusCode: status);
    }

    public static async Task<IResult> ChangeAsync(
        HttpContext http,
        string id,
        RecordingRequests requests,
        RecordingQueries queries,
        StorageRoutes routes
    )
    {
        List<Violation> violations = [];
        var (body, refusal) = await RequestBody.ReadAsync(http.Request, violations, http.RequestAborted);
        if (body is null)
        {
            return refusal!;
        }

        var change = new RecordingChange(
            body.Duration("maxDuration", PolicyRules.ShortestDuration, PolicyRules.LongestDuration),
            body.Duration("longestBreak", TimeSpan.Zero, PolicyRules.LongestBreak),
            body.Texts("metadata", StartCheck.MetadataEntries, StartCheck.MetadataKeyCharacters, StartCheck.MetadataValueCharacters)
        );
        body.RequireAny();
        body.RefuseUnknown();
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (await queries.FindAsync(http, id) is not { } before)
        {
            return RecordingReads.Unknown(id);
        }

        var isLive = await requests.ChangeAsync(before.Recording.Id, change, http.Caller().Name, http.RequestAborted);
        var after = (await queries.FindAsync(before.Recording.Id, http.RequestAborted))!;
        return isLive ? Results.Ok(after.ToResource(routes)) : NotLive(after.Recording);
    }

    public static IResult NotLive(Recording recording) =>
        Problem.NotLive.Because(
            recording.EndedAt is { } endedAt
                ? $"Recording {recording.Id} is {recording.State.ToString().ToLowerInvariant()} since {endedAt.UtcDateTime:s}Z."
                : $"Recording {recording.Id} is {recording.State.ToString().ToLowerInvariant()}: its end was asked for or ordered, and is never taken back."
        );

    public static async Task<IResult> StopAsync(
        HttpContext http,
        string id,
        RecordingRequests requests,
        RecordingQueries queries,
        RecordingWaits waits,
        StorageRoutes routes
    )
    {
        List<Violation> violations = [];
        var wait = RequestHeaders.Wait(http.Request, violations);
        _ = RequestHeaders.IdempotencyKey(http.Request, violations);
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (await queries.FindAsync(http, id) is not { } found)
        {
            return RecordingReads.Unknown(id);
        }

        await requests.StopAsync(found.Recording.Id, http.Caller().Name, http.RequestAborted);
        await waits.WaitAsync(found.Recording.Id, IsFinal, wait, http.RequestAborted);
        RequestHeaders.TellApplied(http.Response, wait);
        var after = (await queries.FindAsync(found.Recording.Id, http.RequestAborted))!;
        return Results.Json(after.ToResource(routes), statusCode: IsFinal(after.Recording) ? 200 : 202);
    }

    public static async Task<IResult> StopChannelAsync(
        HttpContext http,
        string channel,
        Projects projects,
        RecordingRequests requests,
        RecordingQueries queries,
        RecordingWaits waits,
        StorageRoutes routes
    )
    {
        List<Violation> violations = [];
        var wait = RequestHeaders.Wait(http.Request, violations);
        _ = RequestHeaders.IdempotencyKey(http.Request, violations);
        if (!ChannelName.IsValid(channel))
        {
            violations.Add(new("channel", Violation.Cut(channel), $"must be {ChannelName.Rule}."));
        }

        var query = new RequestQuery(http.Request.Query, violations);
        var caller = http.Caller();
        // A misspelt project would stop nothing, and nobody would notice.
        var project = query.Text(
            "project",
            StartCheck.ProjectRule(projects, caller),
            name => projects.Find(name) is not null || !caller.MaySee(name)
        );
        var label = query.Text("label", StartCheck.LabelRule, StartCheck.IsLabel);
        query.RefuseUnknown();
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (project is not null && !caller.MaySee(project))
        {
            return caller.Refuse(project);
        }

        var stopped = await requests.StopChannelAsync(
            channel,
            project is null ? caller.Projects : [Projects.CanonicalName(project)],
            label,
            caller.Name,
            http.RequestAborted
        );
        await Task.WhenAll(stopped.Select(id => waits.WaitAsync(id, IsFinal, wait, http.RequestAborted)));
        RequestHeaders.TellApplied(http.Response, wait);
        List<RecordingSnapshot> after = [];
        foreach (var id in stopped)
        {
            after.Add((await queries.FindAsync(id, http.RequestAborted))!);
        }

        return Results.Json(
            new StoppedRecordings([.. after.Select(one => one.ToResource(routes))]),
            statusCode: after.All(snapshot => IsFinal(snapshot.Recording)) ? 200 : 202
        );
    }

    /// <summary>The answer to a key that stands for another request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="key">The key.</param>
    /// <param name="recordingId">The recording that the other request is about; empty when it is about none.</param>
    public static ProblemResult KeyReused(HttpContext http, string key, Guid recordingId)
    {
        // Keys are the caller's, and another key of it may be good for a project that this one must not know of.
        var isRecording = recordingId != Guid.Empty && http.Caller().Projects is null;
        if (isRecording)
        {
            http.Response.Headers.Location = $"/v1/recordings/{recordingId}";
        }

        return Problem.KeyReused.Because(
            $"Idempotency-Key '{Violation.Cut(key)}' stands for another request{(isRecording ? $", about recording {recordingId}" : "")}. "
                + "Use a new key for a new request."
        ) with
        {
            RecordingId = isRecording ? recordingId : null,
        };
    }

    private static ProblemResult Differs(StartOutcome.Differs differs)
    {
        var differences = differs
            .Differences.Select(d => new ParameterDifference(d.Field, Shown(d.Field, d.Asked), Shown(d.Field, d.Live)))
            .ToList();
        return Problem.DiffersFromLive.Because(
            string.Join(
                " ",
                differences.Select(d => $"{d.Field} is '{d.Asked}' here and {(d.Live is null ? "not set" : $"'{d.Live}'")} there.")
            )
        ) with
        {
            RecordingId = differs.RecordingId,
            Differences = differences,
        };
    }

    /// <summary>Values as callers write them; the engine compares them as texts of .NET.</summary>
    private static string? Shown(string field, string? value) =>
        field switch
        {
            _ when value is null => null,
            "maxDuration" or "longestBreak" when TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var time) =>
                XmlConvert.ToString(time),
            "mode" or "encryption.mode" => JsonNamingPolicy.CamelCase.ConvertName(value),
            // It is told to be another one, and not what it is.
            "encryption.salt" => "***",
            _ => value,
        };

    public static bool IsFinal(Recording recording) =>
        recording.State is RecordingState.Completed or RecordingState.Failed or RecordingState.Aborted;
}
