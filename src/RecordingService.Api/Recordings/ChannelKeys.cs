using RecordingService.Infrastructure.Agora;

namespace RecordingService.Api.Recordings;

/// <summary>Which channel keys a start may name; what they are is none of the interface's business.</summary>
internal sealed class ChannelKeys(IConfiguration configuration)
{
    /// <summary>Names of the keys of an Agora project, as configured under <c>Agora:Projects:NAME:ChannelKeys</c>.</summary>
    public IReadOnlyList<string> Of(string project) =>
        [.. configuration.GetSection($"{AgoraOptions.Section}:Projects:{project}:ChannelKeys").GetChildren().Select(key => key.Key)];
}
