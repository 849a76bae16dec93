using System.Globalization;
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
    private const int LongestId = 2000;

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
        var response = Member(root, "serverResponse");
        var hasResponse = response is { ValueKind: JsonValueKind.Object };
        var files = hasResponse ? Member(response!.Value, "fileList") : null;
        return new AnswerBody
        {
            IsReadable = true,
            Message = Text(Member(root, "message")),
            Reason = Text(Member(root, "reason")),
            Code = Number(Member(root, "code")) is { } code and >= int.MinValue and <= int.MaxValue ? (int)code : null,
            ResourceId = Id(Member(root, "resourceId")),
            Sid = Id(Member(root, "sid")),
            HasServerResponse = hasResponse,
            Status = hasResponse && Number(Member(response!.Value, "status")) is { } status and >= 0 and <= 1000 ? (int)status : null,
            Upload = hasResponse ? ReadUpload(Text(Member(response!.Value, "uploadingStatus"))) : UploadStatus.Unknown,
            Files = ReadFiles(files),
            FirstSliceAt = (hasResponse ? Time(Member(response!.Value, "sliceStartTime")) : null) ?? FirstSlice(files),
        };
    }

    private static UploadStatus ReadUpload(string? text) =>
        text switch
        {
            "uploaded" => UploadStatus.Uploaded,
            "backuped" => UploadStatus.BackedUp,
            _ => UploadStatus.Unknown,
        };

    /// <summary>fileListMode is not asked: the list's own form says more than a member that may be missing or wrong.</summary>
    private static IReadOnlyList<AgoraFile> ReadFiles(JsonElement? list) =>
        list?.ValueKind switch
        {
            JsonValueKind.String when Text(list) is { } name => [File(name)],
            JsonValueKind.Array => [.. list.Value.EnumerateArray().Select(ReadFile).OfType<AgoraFile>()],
            _ => [],
        };

    private static AgoraFile? ReadFile(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String when Text(element) is { } name => File(name),
            JsonValueKind.Object when (Text(Member(element, "fileName")) ?? Text(Member(element, "filename"))) is { } name => File(
                name
            ) with
            {
                TrackType = Text(Member(element, "trackType")),
                Uid = Number(Member(element, "uid")) is { } uid and > 0 and <= uint.MaxValue ? (uint)uid : null,
            },
            _ => null,
        };

    /// <summary>Some answers name files with their folders.</summary>
    private static AgoraFile File(string name) => new(name[(name.LastIndexOf('/') + 1)..]);

    private static DateTimeOffset? FirstSlice(JsonElement? list) =>
        list is { ValueKind: JsonValueKind.Array } files
            ? files.EnumerateArray().Where(f => f.ValueKind == JsonValueKind.Object).Min(f => Time(Member(f, "sliceStartTime")))
            : null;

    /// <summary>Documents say seconds here and milliseconds there; 12 digits and more are milliseconds (in seconds, the year 5138).</summary>
    private static DateTimeOffset? Time(JsonElement? element) =>
        Number(element) switch
        {
            >= 100_000_000_000 and <= 9_999_999_999_999 and var milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
            > 0 and < 100_000_000_000 and var seconds => DateTimeOffset.FromUnixTimeSeconds(seconds),
            _ => null,
        };

    private static JsonElement? Member(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement? element) =>
        element?.ValueKind switch
        {
            // PostgreSQL stores no NUL, and no name or id has one.
            JsonValueKind.String when element.Value.GetString() is { Length: > 0 } text => text.Replace('\0', ' '),
            JsonValueKind.Number => element.Value.GetRawText(),
            _ => null,
        };

    /// <summary>An id goes into addresses: one that no server would take there is none. Resource ids of up to 340 characters were seen, sids of 32.</summary>
    private static string? Id(JsonElement? element) => Text(element) is { Length: <= LongestId } id ? id : null;

    private static long? Number(JsonElement? element) =>
        decimal.TryParse(Text(element), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && number == decimal.Truncate(number)
        && number is >= long.MinValue and <= long.MaxValue
            ? (long)number
            : null;
}
