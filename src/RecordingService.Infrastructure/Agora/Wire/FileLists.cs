using System.Text.Json;
using RecordingService.Domain;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>Reads lists of files in every form that Agora has for them.</summary>
internal static class FileLists
{
    /// <summary>fileListMode is not asked: the list's own form says more than a member that may be missing or wrong.</summary>
    public static IReadOnlyList<AgoraFile> Read(JsonElement? list) =>
        list?.ValueKind switch
        {
            JsonValueKind.String when Json.Text(list) is { } name => [File(name)],
            JsonValueKind.Array => [.. list.Value.EnumerateArray().Select(ReadFile).OfType<AgoraFile>()],
            _ => [],
        };

    public static DateTimeOffset? FirstSlice(JsonElement? list) =>
        list is { ValueKind: JsonValueKind.Array } files
            ? files.EnumerateArray().Min(file => Json.Time(Json.Member(file, "sliceStartTime")))
            : null;

    /// <summary>Some bodies name files with their folders.</summary>
    public static AgoraFile File(string name) => new(name[(name.LastIndexOf('/') + 1)..]);

    private static AgoraFile? ReadFile(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String when Json.Text(element) is { } name => File(name),
            JsonValueKind.Object
                when (Json.Text(Json.Member(element, "fileName")) ?? Json.Text(Json.Member(element, "filename"))) is { } name => File(
                name
            ) with
            {
                TrackType = Json.Text(Json.Member(element, "trackType")),
                Uid = Json.Uid(Json.Member(element, "uid")) is { } uid and > 0 ? uid : null,
            },
            _ => null,
        };
}
