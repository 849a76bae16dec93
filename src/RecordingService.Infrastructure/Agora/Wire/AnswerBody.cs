using System.Text.Json;
using RecordingService.Domain;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>What could be read from an answer's body; members that were not there, or were of no use, are null.</summary>
/// <remarks>
/// Reads every shape that has been seen: numbers as strings and strings as numbers, ids missing, <c>fileName</c> and <c>filename</c>, file lists as text
/// and as objects, error codes beside ids. What is no JSON object at all (HTML, nothing, half a body) is <see cref="Unreadable"/>.
/// </remarks>
internal sealed record AnswerBody
{
    public static AnswerBody Unreadable { get; } = new();

    /// <summary>Whether the body was a JSON object, that is, whether Agora spoke.</summary>
    public bool IsReadable { get; private init; }

    /// <summary>Text of the gateway in front of Agora's service.</summary>
    public string? Message { get; private init; }

    /// <summary>Text of the service, for people only: it changes without notice.</summary>
    public string? Reason { get; private init; }

    public int? Code { get; private init; }

    public string? ResourceId { get; private init; }

    public string? Sid { get; private init; }

    public bool HasServerResponse { get; private init; }

    public int? Status { get; private init; }

    public UploadStatus Upload { get; private init; }

    public IReadOnlyList<AgoraFile> Files { get; private init; } = [];

    public DateTimeOffset? FirstSliceAt { get; private init; }

    public static AnswerBody Read(ReadOnlyMemory<byte> utf8)
    {
        ReadOnlySpan<byte> byteOrderMark = [0xEF, 0xBB, 0xBF];
        var json = utf8.Span.StartsWith(byteOrderMark) ? utf8[byteOrderMark.Length..] : utf8;
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : Unreadable;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text with half a surrogate pair cannot become a string.
            return Unreadable;
        }
    }

    private static AnswerBody Read(JsonElement root)
    {
        var response = Json.Object(Json.Member(root, "serverResponse"));
        var services = ReadServices(response);
        // Error bodies of a worker name the playlist under a key of its own.
        var files = Json.Member(response, "fileList") ?? Json.Member(response, "fileListStr");
        IEnumerable<JsonElement?> lists = files is null ? services.Select(service => Json.Member(service, "fileList")) : [files];
        return new AnswerBody
        {
            IsReadable = true,
            Message = Json.Text(Json.Member(root, "message")),
            Reason = Json.Text(Json.Member(root, "reason")),
            Code = Json.Integer(Json.Member(root, "code")),
            ResourceId = Json.Id(Json.Member(root, "resourceId")),
            Sid = Json.Id(Json.Member(root, "sid")),
            HasServerResponse = response is not null,
            Status = Json.Integer(Json.Member(response, "status")) is { } status and >= 0 and <= 1000
                ? status
                : services.Select(service => StatusOf(Json.Text(Json.Member(service, "state")))).FirstOrDefault(s => s is not null),
            Upload = services
                .Select(service => ReadUpload(Json.Text(Json.Member(service, "uploadingStatus"))))
                .Prepend(ReadUpload(Json.Text(Json.Member(response, "uploadingStatus"))))
                .FirstOrDefault(upload => upload != UploadStatus.Unknown),
            Files = [.. lists.SelectMany(FileLists.Read)],
            FirstSliceAt = Json.Time(Json.Member(response, "sliceStartTime")) ?? lists.Min(FileLists.FirstSlice),
        };
    }

    /// <summary>What the parts of a web page recording say, the page's recorder first: the CDN publisher has a state and outputs of its own.</summary>
    private static List<JsonElement> ReadServices(JsonElement? response) =>
        Json.Member(response, "extensionServiceState") is { ValueKind: JsonValueKind.Array } services
            ?
            [
                .. services
                    .EnumerateArray()
                    .Select(service =>
                        (
                            Name: Json.Text(Json.Member(service, "serviceName")),
                            // The second spelling is the one of older documents.
                            Payload: Json.Object(Json.Member(service, "payload")) ?? Json.Object(Json.Member(service, "playload"))
                        )
                    )
                    .Where(service => service is { Payload: not null, Name: null or "web_recorder_service" or "upload_service" })
                    .Select(service => service.Payload!.Value),
            ]
            : [];

    /// <summary>The nearest status of query: 2 starting, 5 in progress, 8 gone. <b>Source:</b> Agora, query, web page recording (June 2026).</summary>
    private static int? StatusOf(string? state) =>
        state switch
        {
            "init" => 2,
            "inProgress" => 5,
            "exit" => 8,
            _ => null,
        };

    private static UploadStatus ReadUpload(string? text) =>
        text switch
        {
            "uploaded" => UploadStatus.Uploaded,
            "backuped" => UploadStatus.BackedUp,
            _ => UploadStatus.Unknown,
        };
}
