namespace RecordingService.Simulation;

/// <summary>Serves the buckets, as a public bucket with the content types that players like.</summary>
internal static class BucketEndpoints
{
    public static void MapBuckets(this IEndpointRouteBuilder routes, SimulatorOptions options, Timeline timeline, IBucketStore store)
    {
        routes.MapMethods(
            "/bucket/{bucket}/{**key}",
            [HttpMethods.Get, HttpMethods.Head],
            (string bucket, string? key) =>
            {
                if (options.Buckets.All(known => known.Name != bucket))
                {
                    return Results.NotFound();
                }

                // What is due is uploaded before anybody looks.
                timeline.Now(_ => { });
                if (string.IsNullOrEmpty(key))
                {
                    return Results.Text(string.Join('\n', store.Keys(bucket)) + "\n");
                }

                return store.Read(bucket, key) is { } content
                    ? Results.Bytes(content, TypeOf(key), enableRangeProcessing: true)
                    : Results.NotFound();
            }
        );
    }

    private static string TypeOf(string key) =>
        Path.GetExtension(key) switch
        {
            ".m3u8" => "application/x-mpegURL",
            ".ts" => "video/MP2T",
            ".mp4" => "video/mp4",
            ".jpg" => "image/jpeg",
            _ => "application/octet-stream",
        };
}
