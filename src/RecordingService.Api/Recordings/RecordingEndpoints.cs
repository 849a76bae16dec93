using System.ComponentModel;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Recordings;

/// <summary>Start, watch, change and stop recordings.</summary>
internal static class RecordingEndpoints
{
    // Until callers have keys of their own, all of them are one.
    private const string Caller = "anonymous";

    public static void MapRecordings(this WebApplication app)
    {
        var recordings = app.MapGroup("/v1/recordings").WithTags("Recordings");
        recordings
            .MapPost("", StartAsync)
            .WithName("startRecording")
            .WithSummary("Starts recording a class.")
            .WithDescription(
                "The recording is stored before this answers and is never forgotten afterwards. A second start for the same project, channel and label "
                    + "while one is live returns that one; with other parameters it is refused. With Prefer: wait=N the answer waits up to N s until a recorder is proven to run."
            )
            .Accepts<StartRecordingRequest>("application/json")
            .Produces<RecordingResource>(201)
            .Produces<RecordingResource>(202)
            .Produces<RecordingResource>()
            .ProducesProblems(400, 409, 413, 415, 422, 503);
        recordings
            .MapGet("", ListAsync)
            .WithName("listRecordings")
            .WithSummary("Lists recordings, newest first.")
            .Produces<RecordingPage>()
            .ProducesProblems(400, 503);
        recordings
            .MapGet("/{id}", GetAsync)
            .WithName("getRecording")
            .WithSummary("Tells how a recording is, why, and where its playlist lies.")
            .Produces<RecordingResource>()
            .ProducesProblems(404, 503);
        recordings
            .MapPatch("/{id}", ChangeAsync)
            .WithName("changeRecording")
            .WithSummary("Extends, shortens or relabels a live recording.")
            .Accepts<ChangeRecordingRequest>("application/json")
            .Produces<RecordingResource>()
            .ProducesProblems(400, 404, 409, 413, 415, 503);
        recordings
            .MapPost("/{id}/stop", StopAsync)
            .WithName("stopRecording")
            .WithSummary("Stops a recording. Safe early, late and twice.")
            .Produces<RecordingResource>()
            .Produces<RecordingResource>(202)
            .ProducesProblems(400, 404, 503);
        recordings
            .MapGet("/{id}/timeline", TimelineAsync)
            .WithName("getTimeline")
            .WithSummary("Tells everything that happened to a recording: who asked, what was called, what came back, what was decided.")
            .Produces<Timeline>()
            .ProducesProblems(400, 404, 503);
        app.MapPost("/v1/channels/{channel}/stop", StopChannelAsync)
            .WithTags("Recordings")
            .WithName("stopChannel")
            .WithSummary("Stops whatever is live in a channel, for callers that kept no id.")
            .Produces<StoppedRecordings>(202)
            .ProducesProblems(400, 503);
    }

    private static async Task<IResult> StartAsync(
        HttpContext http,
        StartCheck check,
        RecordingRequests requests,
        RecordingQueries queries,
        RecordingWaits waits,
        [FromHeader(Name = "Idempotency-Key"), Description("Makes repeats safe: the same key and body answer with the same recording.")]
            string? idempotencyKey,
        [FromHeader(Name = "Prefer"), Description("wait=N waits up to N s (at most 90) until a recorder is proven to run.")] string? prefer
    )
    {
        var (request, refusal) = await check.CheckAsync(http.Request, Caller, http.RequestAborted);
        if (request is null)
        {
            return refusal!;
        }

        var outcome = await requests.AcceptAsync(request, http.RequestAborted);
        http.Response.Headers.Location = $"/v1/recordings/{outcome.RecordingId}";
        switch (outcome)
        {
            case StartOutcome.Differs differs:
                return Problem.DiffersFromLive.Because(
                    string.Join(" ", differs.Differences.Select(d => $"{d.Field} is '{d.Asked}' here and '{d.Live ?? "not set"}' there.")),
                    ("recordingId", differs.RecordingId),
                    ("differences", differs.Differences)
                );
            case StartOutcome.KeyReused reused:
                return Problem.KeyReused.Because(
                    $"Idempotency-Key '{request.IdempotencyKey}' stands for recording {reused.RecordingId}, which was asked for with another body.",
                    ("recordingId", reused.RecordingId)
                );
        }

        var wait = Headers.Wait(http.Request, []);
        var proven = await waits.WaitAsync(
            outcome.RecordingId,
            recording => recording.ConfirmedAt is not null || recording.EndedAt is not null,
            wait,
            http.RequestAborted
        );
        TellApplied(http, wait);
        var resource = (await queries.FindAsync(outcome.RecordingId, http.RequestAborted))!.ToResource();
        return outcome is StartOutcome.Existing ? Results.Ok(resource)
            : proven && resource.ConfirmedAt is not null ? Results.Json(resource, statusCode: 201)
            : Results.Json(resource, statusCode: 202);
    }

    private static async Task<IResult> GetAsync(string id, RecordingQueries queries, CancellationToken cancellationToken) =>
        await FindAsync(id, queries, cancellationToken) is { } found ? Results.Ok(found.ToResource()) : Unknown(id);

    private static async Task<IResult> ListAsync(
        HttpContext http,
        RecordingQueries queries,
        [Description("Only this channel.")] string? channel,
        [Description("Only this state: accepted, starting, recording, recovering, stopping, uploading, completed, failed or aborted.")]
            string? state,
        [Description("Only this room type.")] string? roomType,
        [Description("Only this project.")] string? project,
        [Description("Only this id of yours.")] string? externalId,
        [Description("Accepted at or after (RFC 3339).")] string? from,
        [Description("Accepted before (RFC 3339).")] string? to,
        [Description("nextCursor of the page before.")] string? cursor,
        [Description("Items per page, 1 to 200; default 50.")] string? limit
    )
    {
        List<Violation> violations = [];
        var count = 50;
        if (
            limit is not null
            && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > 200)
        )
        {
            violations.Add(new("limit", limit, "must be a whole number from 1 to 200."));
        }

        RecordingState? wanted = null;
        if (state is not null)
        {
            wanted = Enum.GetValues<RecordingState>()
                .Cast<RecordingState?>()
                .FirstOrDefault(s => string.Equals(s.ToString(), state, StringComparison.OrdinalIgnoreCase));
            if (wanted is null)
            {
                violations.Add(
                    new(
                        "state",
                        state,
                        $"must be one of {string.Join(", ", Enum.GetNames<RecordingState>().Select(name => name.ToLowerInvariant()))}."
                    )
                );
            }
        }

        var filter = new RecordingFilter
        {
            Channel = channel,
            State = wanted,
            RoomType = roomType,
            Project = project,
            ExternalId = externalId,
            From = Time("from", from),
            To = Time("to", to),
            After = cursor is null ? null : Cursor.Read(cursor, violations),
            Limit = count + 1,
        };
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        var found = await queries.ListAsync(filter, http.RequestAborted);
        var page = found.Take(count).ToList();
        return Results.Ok(
            new RecordingPage([.. page.Select(Resources.ToResource)], found.Count > count ? Cursor.Write(page[^1].Recording) : null)
        );

        DateTimeOffset? Time(string field, string? text)
        {
            if (text is null)
            {
                return null;
            }

            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            {
                return time;
            }

            violations.Add(new(field, text, "must be a time as in RFC 3339, such as 2026-09-01T08:00:00Z."));
            return null;
        }
    }

    private static async Task<IResult> ChangeAsync(HttpContext http, string id, RecordingRequests requests, RecordingQueries queries)
    {
        List<Violation> violations = [];
        var (body, refusal) = await RequestBody.ReadAsync(http.Request, violations, http.RequestAborted);
        if (body is null)
        {
            return refusal!;
        }

        var change = new RecordingChange(
            body.Duration("maxDuration", StartCheck.ShortestDuration, StartCheck.LongestDuration),
            body.Duration("longestBreak", TimeSpan.Zero, StartCheck.LongestBreak),
            body.Texts("metadata", StartCheck.MetadataEntries, StartCheck.MetadataKeyCharacters, StartCheck.MetadataValueCharacters)
        );
        body.RefuseUnknown();
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (await FindAsync(id, queries, http.RequestAborted) is not { } before)
        {
            return Unknown(id);
        }

        return await requests.ChangeAsync(before.Recording.Id, change, Caller, http.RequestAborted)
            ? Results.Ok((await queries.FindAsync(before.Recording.Id, http.RequestAborted))!.ToResource())
            : Problem.NotLive.Because($"Recording {id} is {before.Recording.State.ToString().ToLowerInvariant()}.");
    }

    private static async Task<IResult> StopAsync(
        HttpContext http,
        string id,
        RecordingRequests requests,
        RecordingQueries queries,
        RecordingWaits waits,
        [
            FromHeader(Name = "Prefer"),
            Description("wait=N waits up to N s (at most 90) until the recording has ended and its files are final.")
        ]
            string? prefer
    )
    {
        List<Violation> violations = [];
        var wait = Headers.Wait(http.Request, violations);
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (await FindAsync(id, queries, http.RequestAborted) is not { } found)
        {
            return Unknown(id);
        }

        await requests.StopAsync(found.Recording.Id, Caller, http.RequestAborted);
        await waits.WaitAsync(found.Recording.Id, IsFinal, wait, http.RequestAborted);
        TellApplied(http, wait);
        var after = (await queries.FindAsync(found.Recording.Id, http.RequestAborted))!;
        return Results.Json(after.ToResource(), statusCode: IsFinal(after.Recording) ? 200 : 202);
    }

    private static async Task<IResult> StopChannelAsync(
        HttpContext http,
        string channel,
        RecordingRequests requests,
        RecordingQueries queries,
        [Description("Only this project.")] string? project,
        [Description("Only this label.")] string? label
    )
    {
        if (!ChannelName.IsValid(channel))
        {
            return Problem.Of([new("channel", channel.Length <= 100 ? channel : $"{channel[..100]}...", $"must be {ChannelName.Rule}.")]);
        }

        var stopped = await requests.StopChannelAsync(channel, project, label, Caller, http.RequestAborted);
        List<RecordingResource> items = [];
        foreach (var id in stopped)
        {
            items.Add((await queries.FindAsync(id, http.RequestAborted))!.ToResource());
        }

        return Results.Json(new StoppedRecordings(items), statusCode: 202);
    }

    private static async Task<IResult> TimelineAsync(
        HttpContext http,
        string id,
        RecordingQueries queries,
        [Description("Only lines behind this sequence number; pass next of the page before.")] string? after,
        [Description("Lines per page, 1 to 500; default 200.")] string? limit
    )
    {
        List<Violation> violations = [];
        long behind = 0;
        var count = 200;
        if (after is not null && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out behind))
        {
            violations.Add(new("after", after, "must be a whole number, 0 or more."));
        }

        if (
            limit is not null
            && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > 500)
        )
        {
            violations.Add(new("limit", limit, "must be a whole number from 1 to 500."));
        }

        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (await FindAsync(id, queries, http.RequestAborted) is not { } found)
        {
            return Unknown(id);
        }

        var lines = await queries.TimelineAsync(found.Recording.Id, behind, count, http.RequestAborted);
        return Results.Ok(new Timeline([.. lines.Select(Resources.ToItem)], lines.Count > 0 ? lines[^1].Sequence : behind));
    }

    private static async Task<RecordingSnapshot?> FindAsync(string id, RecordingQueries queries, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out var guid) ? await queries.FindAsync(guid, cancellationToken) : null;

    private static IResult Unknown(string id) =>
        Problem.NotFound.Because(
            $"There is no recording with id '{(id.Length <= 100 ? id : id[..100])}'; ids are UUIDs as given by POST /v1/recordings."
        );

    private static bool IsFinal(Recording recording) =>
        recording.State is RecordingState.Completed or RecordingState.Failed or RecordingState.Aborted;

    private static void TellApplied(HttpContext http, TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
        {
            http.Response.Headers["Preference-Applied"] = string.Create(CultureInfo.InvariantCulture, $"wait={wait.TotalSeconds:0}");
        }
    }

    /// <summary>Opaque position in a list: the last recording of the page before.</summary>
    private static class Cursor
    {
        public static string Write(Recording last) =>
            Convert
                .ToBase64String(
                    Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{last.AcceptedAt.UtcTicks}.{last.Id:N}"))
                )
                .Replace('+', '-')
                .Replace('/', '_')
                .TrimEnd('=');

        public static (DateTimeOffset, Guid)? Read(string text, List<Violation> violations)
        {
            try
            {
                var padded = text.Replace('-', '+').Replace('_', '/') + new string('=', (4 - text.Length % 4) % 4);
                var parts = Encoding.UTF8.GetString(Convert.FromBase64String(padded)).Split('.');
                if (parts is [var ticks, var id])
                {
                    return (new DateTimeOffset(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero), Guid.ParseExact(id, "N"));
                }
            }
            catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
            {
                // Answered below.
            }

            violations.Add(new("cursor", text.Length <= 100 ? text : $"{text[..100]}...", "must be the nextCursor of a page before."));
            return null;
        }
    }
}
