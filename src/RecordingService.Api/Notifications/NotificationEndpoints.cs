using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Infrastructure.Agora.Notifications;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Notifications;

/// <summary>Where Agora tells what happens. It is stored, then answered at once; what follows from it is the orchestrator's business.</summary>
internal static class NotificationEndpoints
{
    private const string Path = "/agora/notifications";
    private const string KestrelEndpoints = "Kestrel:Endpoints";
    private const string SignatureV2 = "Agora-Signature-V2";
    private const string SignatureV1 = "Agora-Signature";

    public static void AddNotifications(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<NotificationOptions>().Bind(builder.Configuration.GetSection(NotificationOptions.Section));
        builder.Services.AddSingleton<IValidateOptions<NotificationOptions>, NotificationOptionsValidator>();
        var port = builder.Configuration.GetValue<int?>($"{NotificationOptions.Section}:{nameof(NotificationOptions.Port)}");
        if (port is not (> 0 and <= ushort.MaxValue))
        {
            return;
        }

        if (builder.Configuration.GetSection(KestrelEndpoints).GetChildren().Any())
        {
            // Endpoints of Kestrel's own section put all addresses aside, so this has to be one of them.
            builder.Configuration[$"{KestrelEndpoints}:{NotificationOptions.Section}:Url"] = $"http://*:{port}";
        }
        else
        {
            builder.WebHost.UseUrls($"{Addresses(builder)};http://*:{port}");
        }
    }

    /// <summary>Where the service listens without the port: naming addresses in code replaces all that were configured.</summary>
    private static string Addresses(WebApplicationBuilder builder)
    {
        if (builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey) is { Length: > 0 } urls)
        {
            return urls;
        }

        string[] ports = [.. OnPorts("http", WebHostDefaults.HttpPortsKey), .. OnPorts("https", WebHostDefaults.HttpsPortsKey)];
        return ports.Length > 0 ? string.Join(';', ports) : "http://localhost:5000";

        IEnumerable<string> OnPorts(string scheme, string key) =>
            (builder.WebHost.GetSetting(key) ?? "")
                .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(one => $"{scheme}://*:{one}");
    }

    public static void MapNotifications(this WebApplication app)
    {
        var notifications = app.MapGroup(Path).WithTags("Notifications").AlwaysAnswersProblems(checksQuery: false);
        Describe(
                notifications.MapPost(
                    "",
                    (HttpContext http, AgoraNotifications read, NotificationIntake intake) => TakeAsync(http, null, read, intake)
                )
            )
            .WithName("receiveNotification")
            .WithSummary("Takes a notification of Agora whose project is told by its signature.");
        Describe(
                notifications.MapPost(
                    "/{project}",
                    (HttpContext http, string project, AgoraNotifications read, NotificationIntake intake) =>
                        TakeAsync(http, project, read, intake)
                )
            )
            .WithName("receiveProjectNotification")
            .WithSummary("Takes a notification of Agora for one project.");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) =>
        endpoint
            .WithDescription(
                "Only Agora calls this. The raw body is checked against Agora-Signature-V2, or Agora-Signature where that is missing, with the secrets of the "
                    + "project; it is stored once, however often it comes, and answered before anything follows from it."
            )
            .Takes(
                ParameterDoc.Header(SignatureV2, "HMAC-SHA256 of the raw body in lower-case hexadecimal digits."),
                ParameterDoc.Header(
                    SignatureV1,
                    "HMAC-SHA1 of the raw body in lower-case hexadecimal digits; counts without the other only."
                )
            )
            .Accepts<AgoraNotification>("application/json")
            .Produces<NotificationReceipt>()
            .AnswersProblems(
                Problem.MalformedBody,
                Problem.NotSigned,
                Problem.NotFound,
                Problem.BodyTooLarge,
                Problem.UnsupportedMediaType
            );

    private static async Task<IResult> TakeAsync(
        HttpContext http,
        string? project,
        AgoraNotifications notifications,
        NotificationIntake intake
    )
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = NotificationOptions.LargestBody;
        }

        using var body = new MemoryStream((int)Math.Clamp(http.Request.ContentLength ?? 0, 0, NotificationOptions.LargestBody));
        try
        {
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Problem.BodyTooLarge.Because($"The body is larger than {NotificationOptions.LargestBody / 1024} kB.");
        }
        catch (IOException e) when (e is not BadHttpRequestException && !http.RequestAborted.IsCancellationRequested)
        {
            // The server's word for chunks that are none.
            return Problem.MalformedBody.Because("The body did not arrive as it was announced.");
        }

        var reading = notifications.Read(
            project,
            body.GetBuffer().AsMemory(0, (int)body.Length),
            http.Request.Headers[SignatureV2].FirstOrDefault(),
            http.Request.Headers[SignatureV1].FirstOrDefault()
        );
        switch (reading)
        {
            case NotificationReading.Accepted accepted:
                var fate = await intake.StoreAsync(accepted, http.RequestAborted);
                return Results.Ok(new NotificationReceipt(fate));
            case NotificationReading.Unreadable unreadable:
                return Problem.MalformedBody.Because(unreadable.Reason);
            case NotificationReading.UnknownProject:
                return Problem.NotFound.Because($"No project is called '{Violation.Cut(project ?? "")}'.");
            case NotificationReading.NoSecret:
                return Problem.NotSigned.Because("No secret for notifications is configured (Agora:Projects:NAME:NotificationSecrets).");
            default:
                return Problem.NotSigned.Because("None of the project's secrets made the signature of this body.");
        }
    }

    /// <summary>Where notifications have a port of their own, nothing else is to be had there, and they nowhere else.</summary>
    public static void UseNotificationPort(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<NotificationOptions>>().Value.Port is not { } port)
        {
            return;
        }

        app.Use(
            (http, next) =>
            {
                if (http.Connection.LocalPort == port == http.Request.Path.StartsWithSegments(Path))
                {
                    return next(http);
                }

                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        );
    }
}

/// <summary>How Agora's notifications come in (section <c>Notifications</c>).</summary>
public sealed class NotificationOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Notifications";

    /// <summary>Largest body. A long class with many users names some thousand files, about 200 bytes each.</summary>
    internal const long LargestBody = 1024 * 1024;

    /// <summary>A port that takes notifications and nothing else, so that it alone faces the internet. <value>1 to 65535; default none: they come in where everything does.</value></summary>
    public int? Port { get; set; }
}

internal sealed class NotificationOptionsValidator : IValidateOptions<NotificationOptions>
{
    public ValidateOptionsResult Validate(string? name, NotificationOptions options) =>
        options.Port is null or (> 0 and <= ushort.MaxValue)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Notifications:Port is {options.Port}; allowed is 1 to {ushort.MaxValue}.");
}

/// <summary>A notification as Agora sends it; members beside these are kept as they are.</summary>
/// <param name="NoticeId">Agora's id of the notice, the same for each delivery.</param>
/// <param name="ProductId">3 for Cloud Recording.</param>
/// <param name="EventType">Agora's number of the event.</param>
/// <param name="NotifyMs">Time of this delivery, in milliseconds since 1970.</param>
/// <param name="Payload">Channel (cname), uid, sid, sequence, sendts and details.</param>
public sealed record AgoraNotification(
    string? NoticeId,
    int? ProductId,
    int EventType,
    long? NotifyMs,
    IReadOnlyDictionary<string, object>? Payload
);

/// <summary>That a notification is stored.</summary>
/// <param name="Fate">takenIn, repeated (it was told before), or unmatched (it tells of no recorder of this service).</param>
public sealed record NotificationReceipt(NoticeFate Fate);
