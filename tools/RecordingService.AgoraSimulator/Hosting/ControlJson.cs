using System.Text.Json;
using System.Text.Json.Serialization;

namespace RecordingService.Simulation;

/// <summary>JSON of the control API: camel case, enums by name, durations as <c>hh:mm:ss</c>.</summary>
internal static class ControlJson
{
    public static void Configure(JsonSerializerOptions options)
    {
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
    }
}
