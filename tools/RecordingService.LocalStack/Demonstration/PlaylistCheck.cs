using System.Net;

namespace RecordingService.LocalStack.Demonstration;

/// <summary>Looks with its own eyes whether a playlist and all it names can be fetched.</summary>
internal static class PlaylistCheck
{
    /// <returns>How many slices the playlist names.</returns>
    /// <exception cref="LocalStackException">The playlist or a slice is not there, or is empty.</exception>
    public static async Task<int> CountSlicesAsync(HttpClient client, Uri playlist, CancellationToken cancellationToken)
    {
        var text = System.Text.Encoding.UTF8.GetString(await FetchAsync(client, playlist, cancellationToken));
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lines.FirstOrDefault() != "#EXTM3U")
        {
            throw new LocalStackException($"{playlist} is no playlist: it does not begin with #EXTM3U.");
        }

        var slices = lines.Where(line => line[0] != '#').Select(line => new Uri(playlist, line)).ToList();
        foreach (var slice in slices)
        {
            await FetchAsync(client, slice, cancellationToken);
        }

        return slices.Count > 0 ? slices.Count : throw new LocalStackException($"{playlist} names no slice.");
    }

    private static async Task<byte[]> FetchAsync(HttpClient client, Uri file, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(file, cancellationToken);
            var content = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return response.StatusCode == HttpStatusCode.OK && content.Length > 0
                ? content
                : throw new LocalStackException($"{file} is not there: {(int)response.StatusCode}, {content.Length} bytes.");
        }
        catch (HttpRequestException exception)
        {
            throw new LocalStackException($"{file} cannot be fetched: {exception.Message}", exception);
        }
    }
}
