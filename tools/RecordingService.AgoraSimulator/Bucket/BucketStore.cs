using System.Collections.Concurrent;

namespace RecordingService.Simulation;

/// <summary>Where objects of the buckets are kept.</summary>
internal interface IBucketStore
{
    void Put(string bucket, string key, Func<byte[]> content);

    byte[]? Read(string bucket, string key);

    IReadOnlyList<string> Keys(string bucket);

    void Clear();
}

/// <summary>Keeps recipes, not bytes: thousands of slices cost next to nothing until somebody plays one.</summary>
internal sealed class MemoryBucketStore : IBucketStore
{
    private readonly ConcurrentDictionary<(string Bucket, string Key), Func<byte[]>> objects = new();

    public void Put(string bucket, string key, Func<byte[]> content) => objects[(bucket, key)] = content;

    public byte[]? Read(string bucket, string key) => objects.TryGetValue((bucket, key), out var content) ? content() : null;

    public IReadOnlyList<string> Keys(string bucket) =>
        [.. objects.Keys.Where(o => o.Bucket == bucket).Select(o => o.Key).Order(StringComparer.Ordinal)];

    public void Clear() => objects.Clear();
}

/// <summary>Keeps each bucket as a folder.</summary>
internal sealed class FolderBucketStore(string root) : IBucketStore
{
    private readonly string root = Path.GetFullPath(root);

    public void Put(string bucket, string key, Func<byte[]> content)
    {
        var path = PathOf(bucket, key) ?? throw new IOException($"The key '{key}' leaves the bucket.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // A reader never sees half a playlist.
        var temporary = path + ".part";
        File.WriteAllBytes(temporary, content());
        File.Move(temporary, path, overwrite: true);
    }

    public byte[]? Read(string bucket, string key) => PathOf(bucket, key) is { } path && File.Exists(path) ? File.ReadAllBytes(path) : null;

    public IReadOnlyList<string> Keys(string bucket)
    {
        var folder = Path.Combine(root, bucket);
        return Directory.Exists(folder)
            ?
            [
                .. Directory
                    .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                    .Where(path => !path.EndsWith(".part", StringComparison.Ordinal))
                    .Select(path => Path.GetRelativePath(folder, path))
                    .Order(StringComparer.Ordinal),
            ]
            : [];
    }

    /// <summary>Leaves the files alone: whoever named the folder may want to look into it.</summary>
    public void Clear() { }

    private string? PathOf(string bucket, string key)
    {
        var path = Path.GetFullPath(Path.Combine(root, bucket, key));
        return path.StartsWith(Path.Combine(root, bucket) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path : null;
    }
}
