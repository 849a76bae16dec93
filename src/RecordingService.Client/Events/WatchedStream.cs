using System.Text;

namespace RecordingService.Client;

/// <summary>Server-sent events on their way: broken when nothing comes for a while, because a peer that vanished sends no end.</summary>
/// <remarks>It notes the id that was in force at the last blank line. The parser knows the last id it has read, which may be that of an event that broke off.</remarks>
internal sealed class WatchedStream(Stream inner, TimeSpan silence, TimeProvider time) : Stream
{
    private const string IdField = "id";

    /// <summary>The line that is under way, as long as it may be an id; data is not kept.</summary>
    private readonly List<byte> line = [];
    private int lineLength;
    private bool mayBeId = true;
    private bool endedWithCarriageReturn;
    private string? idUnderWay;

    /// <summary>The id at the last blank line, which ends an event; null while none has come. That of an event that is not whole yet does not count.</summary>
    public string? LastId { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var silent = new CancellationTokenSource(silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silent.Token);
        try
        {
            var read = await inner.ReadAsync(buffer, either.Token).ConfigureAwait(false);
            Note(buffer.Span[..read]);
            return read;
        }
        catch (OperationCanceledException e) when (silent.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"Nothing came for {silence}.", e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Lines end with CR, LF or both (WHATWG HTML, 9.2.5), wherever the network cuts them.</summary>
    private void Note(ReadOnlySpan<byte> bytes)
    {
        foreach (var next in bytes)
        {
            if (next == '\n' && endedWithCarriageReturn)
            {
                endedWithCarriageReturn = false;
                continue;
            }

            endedWithCarriageReturn = next == '\r';
            if (next is (byte)'\r' or (byte)'\n')
            {
                EndLine();
                continue;
            }

            mayBeId &= lineLength >= IdField.Length || next == IdField[lineLength];
            lineLength++;
            if (mayBeId)
            {
                line.Add(next);
            }
        }
    }

    private void EndLine()
    {
        if (lineLength == 0)
        {
            LastId = idUnderWay ?? LastId;
        }
        else if (mayBeId && ReadId(Encoding.UTF8.GetString([.. line])) is { } id)
        {
            idUnderWay = id;
        }

        line.Clear();
        (lineLength, mayBeId) = (0, true);
    }

    /// <summary>The id in a line such as <c>id: c41</c>, which may be empty; null for another line, and for an id that does not count.</summary>
    private static string? ReadId(string text) =>
        text.Contains('\0', StringComparison.Ordinal) ? null
        : text == IdField ? ""
        : text.StartsWith($"{IdField}: ", StringComparison.Ordinal) ? text[(IdField.Length + 2)..]
        : text.StartsWith($"{IdField}:", StringComparison.Ordinal) ? text[(IdField.Length + 1)..]
        : null;
}
