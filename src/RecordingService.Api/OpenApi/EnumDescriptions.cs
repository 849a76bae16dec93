using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace RecordingService.Api.OpenApi;

/// <summary>What the values of an enumeration mean, from the documentation comments of the projects that define them, which the program carries.</summary>
/// <remarks>The framework reads the comments of types and members, and passes over those of values.</remarks>
internal static partial class EnumDescriptions
{
    private const string ResourcePrefix = "descriptions.";

    private static readonly Lazy<Dictionary<string, string>> Summaries = new(Read);

    /// <summary>The meaning of each value by its public name, in the order of the enumeration; none for those that say nothing.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> ValuesOf(Type type) =>
        [
            .. Enum.GetNames(type)
                .Select(name => (PublicName(type, name), Summaries.Value.GetValueOrDefault($"F:{NameOf(type)}.{name}", ""))),
        ];

    /// <summary>The meaning of the whole, or null.</summary>
    public static string? Of(Type type) => Summaries.Value.GetValueOrDefault($"T:{NameOf(type)}");

    private static string PublicName(Type type, string name) =>
        type.GetField(name)!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(name);

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private static Dictionary<string, string> Read()
    {
        var assembly = typeof(EnumDescriptions).Assembly;
        return assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .SelectMany(name => Members(assembly, name))
            .Where(member => member.Element("summary") is not null)
            .ToDictionary(member => member.Attribute("name")!.Value, member => Text(member.Element("summary")!));
    }

    private static List<XElement> Members(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        return [.. XDocument.Load(stream).Descendants("member")];
    }

    private static string Text(XElement summary)
    {
        var text = new StringBuilder();
        foreach (var node in summary.Nodes())
        {
            // A reference shows its last name: T:A.B.State is State.
            text.Append(
                node switch
                {
                    XText plain => plain.Value,
                    XElement { HasAttributes: true, IsEmpty: true } see => see.FirstAttribute!.Value.Split('.', ':')[^1],
                    XElement element => element.Value,
                    _ => "",
                }
            );
        }

        return Blanks().Replace(text.ToString(), " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
