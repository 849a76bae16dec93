using Microsoft.Extensions.Options;
using RecordingService.Infrastructure.Agora;

namespace RecordingService.Api.Recordings;

/// <summary>Which channel keys a start may name; what they are is none of the interface's business.</summary>
internal sealed class ChannelKeys(IOptions<AgoraOptions> agora)
{
    /// <summary>Names of the keys of an Agora project, as configured.</summary>
    public IReadOnlyList<string> Of(string project) =>
        agora.Value.Projects.TryGetValue(project, out var options) ? [.. options.ChannelKeys.Keys] : [];
}
