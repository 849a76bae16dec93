using RecordingService.Domain;
using RecordingService.Infrastructure.Agora.Wire;
using static RecordingService.Domain.AgoraFailureKind;
using static RecordingService.Infrastructure.Agora.AgoraOperation;

namespace RecordingService.Infrastructure.Agora;

/// <summary>Decides what an answer means: one table, read from top to bottom, the first row that fits counts. Every answer has a row.</summary>
/// <remarks>
/// Decides by HTTP status, code and shape, not by <c>reason</c>, whose wording changes. Choices that no document makes:
/// <list type="bullet">
/// <item>A 404 that is no JSON, or has no known shape, is <see cref="Unanswered"/>: a proxy spoke, not Agora, and nothing may be called ended on its word.</item>
/// <item>A stop answered 2xx with an unreadable body is <see cref="Unanswered"/>: it is asked again, and 49 or 404 then end it.</item>
/// <item>A 400 that is no JSON is <see cref="InvalidRequest"/>: the status alone says so, and repeating it cannot help.</item>
/// </list>
/// <b>Source:</b> Agora, status-codes (June 2026), and the longer list of codes that it replaced, whose codes still occur.
/// </remarks>
internal static class FailureClassifier
{
    private enum Shape
    {
        Any,

        /// <summary>The gateway before the service: a message and nothing else.</summary>
        Gateway,

        /// <summary>The service or a worker: a code, or what it knows of the recorder.</summary>
        Service,
    }

    /// <summary>One row; null stands for any.</summary>
    private sealed record Row(AgoraOperation Operations, Statuses Http, int[]? Codes, Shape Shape, AgoraFailureKind Kind, string Meaning);

    private readonly record struct Statuses(int From, int To)
    {
        public static implicit operator Statuses(int status) => new(status, status);
    }

    private const AgoraOperation AfterStart = Query | Change | Stop;

    private static readonly Statuses AnyStatus = new(0, int.MaxValue);
    private static readonly Statuses Below500 = new(0, 499);
    private static readonly Statuses Success = new(200, 299);
    private static readonly Statuses ClientError = new(400, 499);
    private static readonly Statuses ServerErrors = new(500, 599);

    // csharpier-ignore-start
    private static readonly Row[] Table =
    [
        //  operation        HTTP         code          shape          kind                  meaning
        // who asks, and how often
        new(Any,             401,         null,         Shape.Any,     Unauthorized,         "Agora refused the credentials"),
        new(Any,             403,         null,         Shape.Any,     Unauthorized,         "Agora refused access with these credentials"),
        new(Any,             429,         null,         Shape.Any,     RateLimited,          "Agora received too many requests for this App ID"),
        // routes and recorders that are not there
        new(Any,             404,         null,         Shape.Gateway, NoRoute,              "Agora's gateway knows no such address"),
        // ids
        new(Any,             Below500,    [432, 1003],  Shape.Any,     MismatchedIds,        "App ID, channel, uid, resource id and sid do not belong together"),
        new(Any,             Below500,    [433, 1001],  Shape.Any,     ResourceExpired,      "The resource id has expired or cannot be read"),
        // start
        new(Start,           Below500,    [7],          Shape.Any,     AlreadyStarted,       "This resource is recording already"),
        new(Start,           Below500,    [53],         Shape.Any,     Conflict,             "A task with this channel and uid is running already"),
        // ends
        new(Query | Stop,    Below500,    [435],        Shape.Any,     NothingRecorded,      "The recorder ended without having recorded anything"),
        new(AfterStart,      Below500,    [49],         Shape.Any,     AlreadyExiting,       "The recorder is leaving already"),
        new(AfterStart,      AnyStatus,   [501],        Shape.Any,     AlreadyExiting,       "The recorder is leaving already"),
        // not yet
        new(Any,             AnyStatus,   [65],         Shape.Any,     NotCompleted,         "Agora has not completed the request"),
        new(Stop,            AnyStatus,   [50],         Shape.Any,     NotCompleted,         "Agora has not completed the uploads"),
        // the project
        new(Acquire,         400,         [400],        Shape.Any,     ProjectMisconfigured, "Agora does not know the App ID"),
        new(Acquire,         400,         [405],        Shape.Any,     ProjectMisconfigured, "The project is suspended or overdue"),
        new(Acquire,         ClientError, [62],         Shape.Any,     ProjectMisconfigured, "Cloud Recording is not enabled for this App ID"),
        new(Any,             AnyStatus,   [62],         Shape.Any,     ServerError,          "Agora timed out inside"),
        new(Acquire | Start, Below500,    [406],        Shape.Any,     QuotaExhausted,       "The quota of concurrent recordings is used up"),
        new(Any,             400,         null,         Shape.Gateway, ProjectMisconfigured, "Agora's gateway does not accept the App ID"),
        // the request
        new(Acquire,         400,         [401, 1013],  Shape.Any,     InvalidRequest,       "Agora does not accept the channel name"),
        new(Any,             Below500,    [2, 8, 1028], Shape.Any,     InvalidRequest,       "Agora does not accept the request"),
        new(Any,             400,         null,         Shape.Any,     InvalidRequest,       "Agora does not accept the request"),
        new(Any,             404,         null,         Shape.Service, RecorderNotFound,     "No worker of Agora has this recorder"),
        // statuses of proxies that say nothing about what Agora did
        new(Any,             404,         null,         Shape.Any,     Unanswered,           "Something that is not Agora answered"),
        new(Any,             408,         null,         Shape.Any,     Unanswered,           "The request timed out on its way"),
        new(Any,             499,         null,         Shape.Any,     Unanswered,           "The request was cut on its way"),
        new(Any,             ClientError, null,         Shape.Any,     InvalidRequest,       "Agora does not accept the request"),
        // Agora's own trouble
        new(Acquire,         ServerErrors,[501],        Shape.Any,     ServerError,          "Agora has no worker manager available"),
        new(Acquire,         ServerErrors,[504],        Shape.Any,     ServerError,          "Agora timed out while it allocated a recorder"),
        new(Start,           ServerErrors,[502],        Shape.Any,     ServerError,          "Agora could not allocate a worker"),
        new(Any,             ServerErrors,null,         Shape.Any,     ServerError,          "Agora had an internal error"),
        // answered, but without what was asked for
        new(Any,             206,         null,         Shape.Any,     NotCompleted,         "Agora has not completed the request"),
        new(Start,           Success,     null,         Shape.Any,     Unanswered,           "The start was answered without a sid"),
        new(Any,             Success,     null,         Shape.Service, Unanswered,           "The answer lacks what was asked for"),
        new(Any,             AnyStatus,   null,         Shape.Any,     Unanswered,           "The answer could not be read"),
    ];
    // csharpier-ignore-end

    /// <summary>Whether an answer is the success of an operation; if not, <see cref="Classify"/> tells what it is.</summary>
    public static bool IsSuccess(AgoraOperation operation, int httpStatus, AnswerBody body)
    {
        if (httpStatus is < 200 or > 299 || !body.IsReadable)
        {
            return false;
        }

        // Bodies of errors repeat the ids, and older successes may carry a code that says so.
        var saysError = body.Code is not (null or 0 or 200) || (body.Message is not null && !body.HasServerResponse);
        return operation switch
        {
            Acquire => body.ResourceId is not null && !saysError,
            Start => body.Sid is not null,
            Query => body.Status is not null && !saysError,
            Update or UpdateLayout => httpStatus == 200 && !saysError,
            Stop => !saysError && (httpStatus == 200 || body.HasServerResponse),
            _ => false,
        };
    }

    /// <summary>Classifies an answer that is no success.</summary>
    /// <param name="operation">What was asked.</param>
    /// <param name="httpStatus">HTTP status.</param>
    /// <param name="body">Body, or what could be read of it.</param>
    /// <param name="scrub">Removes secrets from text that Agora wrote.</param>
    public static (AgoraFailureKind Kind, string Message) Classify(
        AgoraOperation operation,
        int httpStatus,
        AnswerBody body,
        Func<string, string> scrub
    )
    {
        var shape = ShapeOf(body);
        var row = Array.Find(Table, r => Fits(r, operation, httpStatus, body.Code, shape))!;
        var code = body.Code is { } c ? $", code {c}" : "";
        var quote = (body.Reason ?? body.Message) is { } text ? $": \"{QuotedText.Shortened(scrub(text))}\"" : "";
        return (row.Kind, $"{row.Meaning} (HTTP {httpStatus}{code}){quote}.");
    }

    private static bool Fits(Row row, AgoraOperation operation, int httpStatus, int? code, Shape shape) =>
        (row.Operations & operation) != None
        && httpStatus >= row.Http.From
        && httpStatus <= row.Http.To
        && (row.Codes is null || (code is { } c && row.Codes.Contains(c)))
        && (row.Shape == Shape.Any || row.Shape == shape);

    private static Shape ShapeOf(AnswerBody body) =>
        body.Code is not null || body.HasServerResponse || body.Reason is not null || body.ResourceId is not null || body.Sid is not null
            ? Shape.Service
        : body.Message is not null ? Shape.Gateway
        : Shape.Any;
}
