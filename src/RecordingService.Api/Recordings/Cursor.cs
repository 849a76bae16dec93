using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace RecordingService.Api.Recordings;

/// <summary>Opaque position in a list: the last recording of the page before.</summary>
internal static class Cursor
{
    public static string Write(Guid id, DateTimeOffset acceptedAt) =>
        Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{acceptedAt.UtcTicks}.{id:N}")));

    public static (DateTimeOffset AcceptedAt, Guid Id)? Read(string text)
    {
        // Decoding answers false only when the room is too small; text that is no base64url makes it throw.
        if (!Base64Url.IsValid(text))
        {
            return null;
        }

        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return
            Base64Url.TryDecodeFromChars(text, bytes, out var length)
            && Encoding.ASCII.GetString(bytes, 0, length).Split('.') is [var ticksText, var idText]
            && long.TryParse(ticksText, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            && ticks <= DateTimeOffset.MaxValue.Ticks
            && Guid.TryParseExact(idText, "N", out var id)
            ? (new(ticks, TimeSpan.Zero), id)
            : null;
    }
}
