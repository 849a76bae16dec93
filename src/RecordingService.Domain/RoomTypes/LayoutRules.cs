namespace RecordingService.Domain.RoomTypes;

/// <summary>What the layout of a mix must be like so that Agora takes it.</summary>
/// <remarks><b>Source:</b> Agora, updateLayout (June 2026), if nothing else is said.</remarks>
public static class LayoutRules
{
    /// <summary>Most pictures of a custom layout. <value>17.</value></summary>
    public const int MostRegions = 17;

    /// <summary>Longest address of a picture. <value>1024 characters; ours, to keep requests small.</value></summary>
    public const int LongestAddress = 1024;

    /// <summary>Digits behind the point that Agora keeps of a place. <value>6.</value></summary>
    private const int Decimals = 6;

    private const string Source = "Agora, updateLayout";

    /// <summary>Finds every rule that a layout breaks; none when it is fine.</summary>
    public static IReadOnlyList<RuleViolation> Check(MixLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return [.. Kind(layout), .. Looks(layout), .. layout.Regions.SelectMany(Region), .. layout.UserBackgrounds.SelectMany(Background)];
    }

    private static IEnumerable<RuleViolation> Kind(MixLayout layout)
    {
        if (layout.Kind == VideoLayout.Vertical && layout.LargeUid is null)
        {
            yield return new("largeUid", null, "is required with the vertical layout: without it the large picture stays empty.", Source);
        }

        if (layout.Kind != VideoLayout.Vertical && layout.LargeUid is not null)
        {
            yield return new("largeUid", layout.LargeUid, "must be null unless the layout is vertical.", Source);
        }

        if (layout.LargeUid == 0)
        {
            yield return new("largeUid", layout.LargeUid, "must be from 1 to 4294967295.", Source);
        }

        if (layout.Kind == VideoLayout.Custom && layout.Regions.Count is 0 or > MostRegions)
        {
            yield return new("regions", $"{layout.Regions.Count} regions", $"must be 1 to {MostRegions} with the custom layout.", Source);
        }

        if (layout.Kind != VideoLayout.Custom && layout.Regions.Count > 0)
        {
            yield return new("regions", $"{layout.Regions.Count} regions", "must be null or empty unless the layout is custom.", Source);
        }
    }

    private static IEnumerable<RuleViolation> Looks(MixLayout layout)
    {
        if (layout.BackgroundColor is not { Length: 7 } color || color[0] != '#' || !color[1..].All(char.IsAsciiHexDigit))
        {
            yield return new("backgroundColor", layout.BackgroundColor, "must be #RRGGBB in hexadecimal digits, such as #102030.", Source);
        }

        foreach (
            var violation in Image("backgroundImage", layout.BackgroundImage)
                .Concat(Image("userBackgroundImage", layout.UserBackgroundImage))
        )
        {
            yield return violation;
        }
    }

    private static IEnumerable<RuleViolation> Region(LayoutRegion region, int index)
    {
        var path = $"regions[{index}]";
        if (region.Uid == 0)
        {
            yield return new($"{path}.uid", region.Uid, "must be from 1 to 4294967295, or left out for whoever joins next.", Source);
        }

        foreach (var (name, part, least) in new[] { ("x", region.X, 0m), ("y", region.Y, 0m), ("alpha", region.Alpha, 0m) })
        {
            if (!IsPart(part, least))
            {
                yield return new($"{path}.{name}", part, $"must be from 0 to 1, with at most {Decimals} decimals.", Source);
            }
        }

        foreach (var (name, part) in new[] { ("width", region.Width), ("height", region.Height) })
        {
            if (!IsPart(part, 0m) || part == 0)
            {
                yield return new($"{path}.{name}", part, $"must be above 0 and at most 1, with at most {Decimals} decimals.", Source);
            }
        }

        foreach (var (one, other, end) in new[] { ("x", "width", region.X + region.Width), ("y", "height", region.Y + region.Height) })
        {
            if (end > 1)
            {
                yield return new($"{path}.{other}", end, $"must with {one} end at 1 or before.", Source);
            }
        }
    }

    private static IEnumerable<RuleViolation> Background(UserBackground background, int index)
    {
        var path = $"userBackgrounds[{index}]";
        if (background.Uid == 0)
        {
            yield return new($"{path}.uid", background.Uid, "must be from 1 to 4294967295.", Source);
        }

        foreach (var violation in Image($"{path}.image", background.Image))
        {
            yield return violation;
        }
    }

    private static IEnumerable<RuleViolation> Image(string field, Uri? image)
    {
        if (
            image is not null
            && (
                !image.IsAbsoluteUri
                || image.Scheme != Uri.UriSchemeHttps
                || image.UserInfo.Length > 0
                || image.OriginalString.Length > LongestAddress
            )
        )
        {
            yield return new(
                field,
                image.OriginalString,
                $"must be an absolute https address without user and password, at most {LongestAddress} characters.",
                Source
            );
        }
    }

    private static bool IsPart(decimal part, decimal least) => part >= least && part <= 1 && decimal.Round(part, Decimals) == part;
}
