using System.Text.RegularExpressions;
using Serilog.Core;
using Serilog.Events;

namespace RecordingService.Api.Access;

/// <summary>Takes API keys out of texts: a caller that puts its key into a path or a parameter by mistake must not find it in a log.</summary>
internal sealed partial class KeyMask : ILogEventEnricher
{
    private const string Begins = "rsk_";

    /// <summary>The text without the secrets of keys; their ids stay, so that they can be revoked.</summary>
    public static string Mask(string text) =>
        text.Contains(Begins, StringComparison.OrdinalIgnoreCase) ? Key().Replace(text, "$1***") : text;

    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        foreach (var (name, value) in logEvent.Properties.ToList())
        {
            // Scopes and other structures are texts in the end, too.
            var text = value is ScalarValue scalar ? $"{scalar.Value}" : $"{value}";
            if (text.Contains(Begins, StringComparison.OrdinalIgnoreCase))
            {
                logEvent.AddOrUpdateProperty(new(name, new ScalarValue(Mask(text))));
            }
        }
    }

    [GeneratedRegex("(rsk_[0-9A-Za-z]{12}_)[0-9A-Za-z]{1,43}", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Key();
}
