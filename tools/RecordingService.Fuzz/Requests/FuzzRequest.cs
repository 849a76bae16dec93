using System.Globalization;
using System.Text;

namespace RecordingService.Fuzz.Requests;

/// <summary>How the bytes of a request are sent.</summary>
internal enum Pace
{
    /// <summary>All at once.</summary>
    AtOnce,

    /// <summary>In a few pieces, cut anywhere.</summary>
    InPieces,

    /// <summary>Some of the body, a byte now and then.</summary>
    SlowBody,

    /// <summary>Some of the headers, a byte now and then.</summary>
    SlowHeaders,

    /// <summary>Some of it; then the connection is closed.</summary>
    CutOff,
}

/// <summary>A request, byte for byte, valid or not. Texts hold a byte in each character (Latin-1).</summary>
internal sealed record FuzzRequest
{
    private const string NewLine = "\r\n";

    /// <summary>Its number in the run.</summary>
    public required int Number { get; init; }

    /// <summary>The operation that it was made from.</summary>
    public required Operation Operation { get; init; }

    public required string Method { get; set; }

    public required string Target { get; set; }

    public string Version { get; set; } = "HTTP/1.1";

    /// <summary>The API key that it was made with; null for none.</summary>
    public string? Key { get; set; }

    public List<(string Name, string Value)> Headers { get; } = [];

    public byte[]? Body { get; set; }

    /// <summary>Sends the body in chunks of this many bytes; 0 sends its length instead.</summary>
    public int ChunkBytes { get; set; }

    /// <summary>These bytes instead of all that was said above.</summary>
    public byte[]? Raw { get; set; }

    /// <summary>Whether its answer has no body.</summary>
    public bool IsHead => Method == "HEAD" && Raw is null;

    public Pace Pace { get; set; }

    /// <summary>Whether server and client may see different ends of it: its answer tells nothing of the connection afterwards.</summary>
    public bool IsAmbiguous { get; set; }

    /// <summary>What was done to it.</summary>
    public List<string> Mutations { get; } = [];

    public string Path => Target.Split('?', 2)[0];

    public void SetHeader(string name, string value)
    {
        Headers.RemoveAll(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        Headers.Add((name, value));
    }

    public bool Has(string name) => Headers.Exists(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public byte[] ToBytes() => Raw ?? [.. Head(), .. FramedBody()];

    /// <summary>The head alone, with the empty line that ends it.</summary>
    public byte[] Head()
    {
        var head = new StringBuilder($"{Method} {Target} {Version}{NewLine}");
        foreach (var (name, value) in Headers)
        {
            head.Append(name).Append(": ").Append(value).Append(NewLine);
        }

        if (ChunkBytes > 0)
        {
            head.Append("Transfer-Encoding: chunked").Append(NewLine);
        }
        else if (Body is not null && !Has("Content-Length") && !Has("Transfer-Encoding"))
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}{NewLine}");
        }

        return Encoding.Latin1.GetBytes(head.Append(NewLine).ToString());
    }

    /// <summary>The same as a line for a shell, with $API as the address of the service and $KEY as a key like its own, which is gone with the service.</summary>
    public string ToShell()
    {
        if (
            Raw is not null
            || IsAmbiguous
            || Pace is not (Pace.AtOnce or Pace.InPieces)
            || Method.Length == 0
            || Method.Any(c => !char.IsAsciiLetter(c))
            || Version != "HTTP/1.1"
            // No shell has a word with such characters in it.
            || Target.Contains('\0', StringComparison.Ordinal)
            || Body?.Contains((byte)0) == true
            || Headers.Exists(header => $"{header.Name}{header.Value}".AsSpan().ContainsAny('\0', '\r', '\n'))
            || !Target.StartsWith('/')
        )
        {
            var bytes = Raw ?? [.. Head(), .. FramedBody()];
            return $"base64 -d <<<{Convert.ToBase64String(bytes)} | nc -q 10 ${{API_HOST:-127.0.0.1}} ${{API_PORT:-8080}}   # sent {Pace}";
        }

        var line = new StringBuilder($"curl -sS -i --path-as-is -X {Method} ");
        foreach (var (name, value) in Headers.Where(header => header.Name != "Host" && header.Name != "Connection"))
        {
            line.Append("-H ")
                .Append(
                    Key is not null && value == $"Bearer {Key}"
                        ? $"\"{name}: Bearer $KEY\""
                        : Quoted($"{name}{(value.Length == 0 ? ";" : $": {value}")}")
                )
                .Append(' ');
        }

        if (ChunkBytes > 0)
        {
            line.Append("-H 'Transfer-Encoding: chunked' ");
        }

        if (Body is not null)
        {
            line.Append("--data-binary ").Append(Quoted(Encoding.Latin1.GetString(Body))).Append(' ');
        }

        return line.Append("\"$API\"").Append(Quoted(Target)).ToString();
    }

    private byte[] FramedBody()
    {
        if (Body is null || ChunkBytes == 0)
        {
            return Body ?? [];
        }

        List<byte> framed = [];
        for (var at = 0; at < Body.Length; at += ChunkBytes)
        {
            var length = Math.Min(ChunkBytes, Body.Length - at);
            framed.AddRange(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length:x}{NewLine}")));
            framed.AddRange(Body.AsSpan(at, length));
            framed.AddRange("\r\n"u8);
        }

        framed.AddRange("0\r\n\r\n"u8);
        return [.. framed];
    }

    /// <summary>A word of bash that stands for these bytes.</summary>
    private static string Quoted(string latin1)
    {
        if (latin1.All(c => c is >= ' ' and <= '~' and not '\''))
        {
            return $"'{latin1}'";
        }

        var quoted = new StringBuilder("$'");
        foreach (var c in latin1)
        {
            quoted.Append(
                c is >= ' ' and <= '~' and not '\'' and not '\\' ? $"{c}" : string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}")
            );
        }

        return quoted.Append('\'').ToString();
    }
}
