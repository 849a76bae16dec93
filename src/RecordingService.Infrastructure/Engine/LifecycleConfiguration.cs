using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using RecordingService.Domain.Lifecycle;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Reads the waits of the state machine from section <c>Lifecycle</c>; what is not there keeps its default.</summary>
/// <remarks>Not the binder's work: it would append a ladder of the configuration to the default one, and pass over a misspelt key.</remarks>
internal static class LifecycleConfiguration
{
    public const string Section = "Lifecycle";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>A token lives 24 h, and a recorder must be stoppable for two hours more than the longest recording, 23 h 30 min.</summary>
    private static readonly TimeSpan LeastControl = new(25, 30, 0);

    /// <summary><b>Source:</b> Agora, acquire, resourceExpiredHour (June 2026).</summary>
    private static readonly TimeSpan MostControl = TimeSpan.FromHours(720);

    /// <summary><b>Source:</b> Agora, acquire: a resource id is good for 5 min (June 2026).</summary>
    private static readonly TimeSpan MostResource = TimeSpan.FromMinutes(5);

    /// <exception cref="OptionsValidationException">Something is misspelt, unreadable or out of range.</exception>
    public static LifecycleOptions Read(IConfiguration configuration)
    {
        var options = new LifecycleOptions();
        List<string> faults = [];
        foreach (var entry in configuration.GetSection(Section).GetChildren())
        {
            var property = typeof(LifecycleOptions).GetProperty(
                entry.Key,
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.IgnoreCase
            );
            if (property is null)
            {
                faults.Add($"{entry.Path} is no wait of the state machine; docs/configuration.md lists them.");
            }
            else if (ValueOf(entry, property.PropertyType) is { } value)
            {
                property.SetValue(options, value);
            }
            else
            {
                faults.Add($"{entry.Path} is {Shown(entry)}; it must be {RuleOf(property.PropertyType)}.");
            }
        }

        if (options.ControlPeriod < LeastControl || options.ControlPeriod > MostControl)
        {
            faults.Add($"{Section}:ControlPeriod is {options.ControlPeriod}; allowed is {LeastControl} to {MostControl}.");
        }

        if (options.ResourceLifetime > MostResource)
        {
            faults.Add($"{Section}:ResourceLifetime is {options.ResourceLifetime}; Agora grants {MostResource}.");
        }

        return faults.Count == 0 ? options : throw new OptionsValidationException(Section, typeof(LifecycleOptions), faults);
    }

    private static object? ValueOf(IConfigurationSection entry, Type type)
    {
        if (type == typeof(TimeSpan))
        {
            return Span(entry) is { } span && span > TimeSpan.Zero ? span : null;
        }

        if (type == typeof(int))
        {
            return int.TryParse(entry.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
        }

        if (type.IsEnum)
        {
            return Enum.TryParse(type, entry.Value, ignoreCase: true, out var named) && Enum.IsDefined(type, named) ? named : null;
        }

        var rungs = entry.GetChildren().Select(Span).ToList();
        return rungs.Count > 0 && rungs.TrueForAll(rung => rung is not null) ? rungs.ConvertAll(rung => rung!.Value).ToArray() : null;
    }

    private static TimeSpan? Span(IConfigurationSection entry) =>
        TimeSpan.TryParse(entry.Value, CultureInfo.InvariantCulture, out var span) && span >= TimeSpan.Zero && span <= Longest
            ? span
            : null;

    private static string RuleOf(Type type) =>
        type == typeof(TimeSpan) ? "a time such as 00:01:30, more than 0 and at most 30 days"
        : type == typeof(int) ? "a whole number from 1"
        : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
        : "a list of times such as 00:00:05, each 0 to 30 days";

    private static string Shown(IConfigurationSection entry) =>
        entry.Value is { } value ? $"'{value}'" : $"a list of '{string.Join("', '", entry.GetChildren().Select(child => child.Value))}'";
}
