using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using RecordingService.Api.Access;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Api.Recordings;
using RecordingService.Api.Requests;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Events;

namespace RecordingService.Api.Events;

/// <summary>Who is sent events, and what became of them.</summary>
internal static class WebhookEndpoints
{
    private const int MostDeliveries = 200;
    private const int UsualDeliveries = 50;

    /// <summary>Both are in the same order.</summary>
    private static readonly Dictionary<string, EventType> TypesByName = EventTypes
        .All.Zip(Enum.GetValues<EventType>())
        .ToDictionary(pair => pair.First, pair => pair.Second);

    public static void AddWebhookEndpoints(this IServiceCollection services) => services.AddSingleton<WebhookCheck>();

    public static void MapWebhooks(this WebApplication app)
    {
        var webhooks = app.MapGroup("/v1/webhooks").WithTags(WebhookSection.Tag).Requires(Scope.Operate).AlwaysAnswersProblems();
        webhooks
            .MapPost("", CreateAsync)
            .WithName("createWebhook")
            .WithSummary("Has events sent to an address, from now on.")
            .WithDescription(
                "By the specification Standard Webhooks: POST with the headers webhook-id, webhook-timestamp and webhook-signature. The secret is shown in "
                    + "this answer only. Each event is sent at least once, always under the same id; those of a recording in their order, one at a time."
            )
            .Accepts<CreateWebhookRequest>("application/json")
            .Produces<WebhookWithSecretResource>(201)
            .AnswersProblems([.. RecordingEndpoints.UnreadableBodies, Problem.TooManyWebhooks, Problem.NoSecretKey]);
        webhooks
            .MapGet("", ListAsync)
            .WithName("listWebhooks")
            .WithSummary("Lists who is sent events, and how each stands.")
            .WithDescription("All that the caller may see, newest first. No answer carries a secret.")
            .Produces<WebhookList>();
        webhooks
            .MapGet("/{webhook}", GetAsync)
            .WithName("getWebhook")
            .WithSummary("Tells how a webhook stands.")
            .WithDescription(
                "Whether it takes what it is sent, since when it does not and why, and how many recordings have an event that waits."
            )
            .Produces<WebhookResource>()
            .AnswersProblems(Problem.NotFound);
        webhooks
            .MapPatch("/{webhook}", ChangeAsync)
            .WithName("changeWebhook")
            .WithSummary("Changes address, types or description of a webhook, or disables and enables it.")
            .WithDescription("One that answered 410 is disabled; `enabled: true` sends what has waited since.")
            .Accepts<ChangeWebhookRequest>("application/json")
            .Produces<WebhookResource>()
            .AnswersProblems([.. RecordingEndpoints.UnreadableBodies, Problem.NotFound]);
        webhooks
            .MapDelete("/{webhook}", DeleteAsync)
            .WithName("deleteWebhook")
            .WithSummary("Removes a webhook with everything that waits for it.")
            .WithDescription("What is being sent at that moment may still arrive. The delivery log goes, too.")
            .Produces(204)
            .AnswersProblems(Problem.NotFound);
        webhooks
            .MapPost("/{webhook}/rotate", RotateAsync)
            .WithName("rotateWebhookSecret")
            .WithSummary("Gives a webhook a new secret; the present one signs beside it for a while.")
            .WithDescription(
                "The secret is shown in this answer only. For the time of `overlap` each request carries two signatures, so that receivers change over when it "
                    + "suits them. At most two secrets sign: one that was already on its way out stops at once, and so does one that the service has no key for."
            )
            .Accepts<RotateSecretRequest>("application/json")
            .Produces<WebhookWithSecretResource>()
            .AnswersProblems([.. RecordingEndpoints.UnreadableBodies, Problem.NotFound, Problem.NoSecretKey]);
        webhooks
            .MapPost("/{webhook}/test", TestAsync)
            .WithName("testWebhook")
            .WithSummary("Sends an event of type webhook.test now, and tells what came back.")
            .WithDescription(
                "Works for a disabled webhook, too. A test that fails is not repeated, and does not count as a failure of the webhook."
            )
            .Produces<WebhookTest>()
            .AnswersProblems(Problem.NotFound);
        webhooks
            .MapPost("/{webhook}/replay", ReplayAsync)
            .WithName("replayWebhook")
            .WithSummary("Sends again what came after a place in the feed.")
            .WithDescription(
                "Under the same ids, in the order of each recording. A recording whose events wait begins again at the first one after the place."
            )
            .Accepts<ReplayRequest>("application/json")
            .Produces<WebhookResource>(202)
            .AnswersProblems([.. RecordingEndpoints.UnreadableBodies, Problem.NotFound]);
        webhooks
            .MapGet("/{webhook}/deliveries", DeliveriesAsync)
            .WithName("listDeliveries")
            .WithSummary("Tells what was sent to a webhook and what came back, newest first.")
            .WithDescription("The newest attempts are kept, those of 30 days and 10,000 at most unless it is configured otherwise.")
            .Takes(
                ParameterDoc.Query<string>("cursor", "Goes on behind the page before: its nextCursor."),
                ParameterDoc.Number("limit", "Longest page.", 1, MostDeliveries, UsualDeliveries),
                ParameterDoc.Query<Guid>("recording", "Attempts for events of this recording only.")
            )
            .Produces<DeliveryPage>()
            .AnswersProblems(Problem.InvalidRequest, Problem.NotFound);
    }

    /// <summary>Projects that the caller may see; null for all.</summary>
    private static IReadOnlyList<string>? Allowed(HttpContext http) =>
        EventQuery.AllowedProjects(http) is { } projects ? [.. projects] : null;

    private static async Task<IResult> CreateAsync(
        HttpContext http,
        WebhookCheck check,
        SecretVault vault,
        Webhooks webhooks,
        WebhookOptions options
    )
    {
        List<Violation> violations = [];
        var (body, refusal) = await RequestBody.ReadAsync(http.Request, violations, http.RequestAborted);
        if (body is null)
        {
            return refusal!;
        }

        var (url, description, types, projects) = check.ReadNew(body, violations, Allowed(http));
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (!vault.CanSeal)
        {
            return NoKey();
        }

        if (await webhooks.CreateAsync(url, description, types, projects, http.Actor(), http.RequestAborted) is not var (webhook, secret))
        {
            return Problem.TooManyWebhooks.Because(
                $"There are {options.MostWebhooks} webhooks, those of other projects included, and Webhooks:MostWebhooks allows no more. Delete one first."
            );
        }

        http.Response.Headers.Location = $"/v1/webhooks/{webhook.Id}";
        // Whatever lies between here and the caller must not keep the secret.
        http.Response.Headers.CacheControl = "no-store";
        return Results.Json(WithSecret(webhook, secret), statusCode: 201);
    }

    private static async Task<IResult> ListAsync(HttpContext http, Webhooks webhooks) =>
        Results.Ok(new WebhookList([.. (await webhooks.ListAsync(Allowed(http), http.RequestAborted)).Select(ToResource)]));

    private static async Task<IResult> GetAsync(HttpContext http, string webhook, Webhooks webhooks) =>
        await FindAsync(http, webhook, webhooks) is { } found ? Results.Ok(ToResource(found)) : Unknown(webhook);

    private static async Task<IResult> ChangeAsync(HttpContext http, string webhook, WebhookCheck check, Webhooks webhooks)
    {
        List<Violation> violations = [];
        var (body, refusal) = await RequestBody.ReadAsync(http.Request, violations, http.RequestAborted);
        if (body is null)
        {
            return refusal!;
        }

        var change = check.ReadChange(body, violations);
        return violations.Count > 0 ? Problem.Of(violations)
            : Id(webhook) is { } id
            && await webhooks.ChangeAsync(id, change, Allowed(http), http.Actor(), http.RequestAborted) is { } changed
                ? Results.Ok(ToResource(changed))
            : Unknown(webhook);
    }

    private static async Task<IResult> DeleteAsync(HttpContext http, string webhook, Webhooks webhooks) =>
        Id(webhook) is { } id && await webhooks.DeleteAsync(id, Allowed(http), http.Actor(), http.RequestAborted)
            ? Results.NoContent()
            : Unknown(webhook);

    private static async Task<IResult> RotateAsync(HttpContext http, string webhook, SecretVault vault, Webhooks webhooks)
    {
        List<Violation> violations = [];
        var overlap = WebhookCheck.DefaultOverlap;
        // Everything has a default, so nothing needs to be sent.
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false)
        {
            var (body, refusal) = await RequestBody.ReadAsync(http.Request, violations, http.RequestAborted);
            if (body is null)
            {
                return refusal!;
            }

            overlap = WebhookCheck.ReadOverlap(body);
        }

        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (await FindAsync(http, webhook, webhooks) is not { } found)
        {
            return Unknown(webhook);
        }

        if (!vault.CanSeal)
        {
            return NoKey();
        }

        http.Response.Headers.CacheControl = "no-store";
        return await webhooks.RotateAsync(found.Id, overlap, Allowed(http), http.Actor(), http.RequestAborted) is var (rotated, secret)
            ? Results.Ok(WithSecret(rotated, secret))
            : Unknown(webhook);
    }

    private static async Task<IResult> TestAsync(HttpContext http, string webhook, WebhookProbe probe) =>
        Id(webhook) is { } id && await probe.SendAsync(id, Allowed(http), http.Actor(), http.RequestAborted) is { } result
            ? Results.Ok(
                new WebhookTest(result.EventId, result.Delivered, result.Status, (int)result.Duration.TotalMilliseconds, result.Error)
            )
            : Unknown(webhook);

    private static async Task<IResult> ReplayAsync(HttpContext http, string webhook, Webhooks webhooks, EventFeed feed)
    {
        List<Violation> violations = [];
        var (body, refusal) = await RequestBody.ReadAsync(http.Request, violations, http.RequestAborted);
        if (body is null)
        {
            return refusal!;
        }

        var after = WebhookCheck.ReadAfter(body);
        if (after is { } position)
        {
            await EventQuery.RefuseFutureAsync("after", position, feed, violations, http.RequestAborted);
        }

        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        return
            Id(webhook) is { } id
            && await webhooks.ReplayAsync(id, after!.Value, Allowed(http), http.Actor(), http.RequestAborted)
            && await FindAsync(http, webhook, webhooks) is { } found
            ? Results.Json(ToResource(found), statusCode: 202)
            : Unknown(webhook);
    }

    private static async Task<IResult> DeliveriesAsync(HttpContext http, string webhook, Webhooks webhooks)
    {
        List<Violation> violations = [];
        var query = new RequestQuery(http.Request.Query, violations);
        var before = query.Take<long>(
            "cursor",
            "nextCursor of another page",
            text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null
        );
        var limit = (int)query.Number("limit", 1, MostDeliveries, UsualDeliveries);
        var recording = query.Take<Guid>("recording", "the id of a recording", text => Guid.TryParse(text, out var id) ? id : null);
        query.RefuseUnknown();
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (await FindAsync(http, webhook, webhooks) is not { } found)
        {
            return Unknown(webhook);
        }

        var deliveries = await webhooks.DeliveriesAsync(found.Id, before, recording, limit + 1, http.RequestAborted);
        var page = deliveries.Take(limit).ToList();
        return Results.Ok(
            new DeliveryPage(
                [.. page.Select(ToResource)],
                deliveries.Count > limit ? page[^1].Number.ToString(CultureInfo.InvariantCulture) : null
            )
        );
    }

    private static async Task<Webhook?> FindAsync(HttpContext http, string webhook, Webhooks webhooks) =>
        Id(webhook) is { } id ? await webhooks.FindAsync(id, Allowed(http), http.RequestAborted) : null;

    private static Guid? Id(string webhook) => Guid.TryParse(webhook, out var id) ? id : null;

    private static ProblemResult Unknown(string webhook) =>
        Problem.NotFound.Because($"No webhook has the id '{Violation.Cut(webhook)}'; GET /v1/webhooks lists them.");

    private static ProblemResult NoKey() =>
        Problem.NoSecretKey.Because("The secret of a webhook is stored encrypted, and Secrets:Keys has no key to do that with.");

    private static WebhookWithSecretResource WithSecret(Webhook webhook, string secret)
    {
        var plain = ToResource(webhook);
        return new()
        {
            Id = plain.Id,
            Url = plain.Url,
            Description = plain.Description,
            Types = plain.Types,
            Projects = plain.Projects,
            State = plain.State,
            DisabledReason = plain.DisabledReason,
            DisabledAt = plain.DisabledAt,
            FailingSince = plain.FailingSince,
            ConsecutiveFailures = plain.ConsecutiveFailures,
            LastSuccessAt = plain.LastSuccessAt,
            LastFailureAt = plain.LastFailureAt,
            LastFailure = plain.LastFailure,
            Waiting = plain.Waiting,
            Retrying = plain.Retrying,
            Secrets = plain.Secrets,
            CreatedAt = plain.CreatedAt,
            CreatedBy = plain.CreatedBy,
            Secret = secret,
        };
    }

    private static WebhookResource ToResource(Webhook webhook) =>
        new()
        {
            Id = webhook.Id,
            Url = webhook.Url,
            Description = webhook.Description,
            // What only a newer version knows is left out, as among the scopes of keys: during a rolling update both answer.
            Types = [.. webhook.Types.Where(TypesByName.ContainsKey).Select(type => TypesByName[type])],
            Projects = webhook.Projects,
            State =
                webhook.DisabledAt is not null ? WebhookState.Disabled
                : webhook.FailingSince is not null ? WebhookState.Failing
                : WebhookState.Active,
            DisabledReason = webhook.DisabledReason,
            DisabledAt = webhook.DisabledAt,
            FailingSince = webhook.FailingSince,
            ConsecutiveFailures = webhook.ConsecutiveFailures,
            LastSuccessAt = webhook.LastSuccessAt,
            LastFailureAt = webhook.LastFailureAt,
            LastFailure = webhook.LastFailure,
            Waiting = webhook.Waiting,
            Retrying = webhook.Retrying,
            Secrets = webhook.Secrets,
            CreatedAt = webhook.CreatedAt,
            CreatedBy = webhook.CreatedBy,
        };

    private static DeliveryResource ToResource(WebhookDelivery delivery) =>
        new(
            delivery.EventId,
            delivery.Type,
            delivery.RecordingId,
            delivery.Sequence,
            delivery.Attempt,
            delivery.At,
            (int)delivery.Duration.TotalMilliseconds,
            delivery.Outcome,
            delivery.Status,
            delivery.Error,
            delivery.NextAt
        );
}
