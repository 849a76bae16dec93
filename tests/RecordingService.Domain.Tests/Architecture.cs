using System.Runtime.CompilerServices;
using System.Xml.Linq;
using RecordingService.Domain.Lifecycle;

namespace RecordingService.Domain.Tests;

/// <summary>The Domain is pure: it refers to nothing but the base library.</summary>
public sealed class Architecture
{
    private static readonly System.Reflection.Assembly Domain = typeof(StateMachine).Assembly;

    [Fact]
    public void Domain_RefersToTheBaseLibraryOnly()
    {
        var names = Domain.GetReferencedAssemblies().Select(assembly => assembly.Name!).ToList();

        names.ShouldAllBe(name => name.StartsWith("System.", StringComparison.Ordinal) || name == "netstandard" || name == "mscorlib");
        names.ShouldNotContain("System.Net.Http");
        names.ShouldNotContain("System.Text.Json");
    }

    [Fact]
    public void DomainProject_NamesNoPackageAndNoProject()
    {
        var project = XDocument.Load(Path.Combine(Root(), "src/RecordingService.Domain/RecordingService.Domain.csproj"));

        project
            .Descendants()
            .Select(element => element.Name.LocalName)
            .ShouldNotContain(name => name == "PackageReference" || name == "ProjectReference" || name == "FrameworkReference");
    }

    [Fact]
    public void PublicTypes_AreNotOpenForInheritanceByAccident() =>
        Domain
            .GetExportedTypes()
            .ShouldAllBe(
                type => type.IsSealed || type.IsAbstract || type.IsInterface || type.IsEnum,
                "static types are both abstract and sealed"
            );

    [Fact]
    public void PublicTypes_CannotBeChangedOnceMade() =>
        Domain
            .GetExportedTypes()
            .Where(type => type is { IsClass: true, IsEnum: false })
            .SelectMany(type => type.GetProperties(), (type, property) => (type, property))
            .Where(pair => pair.property.SetMethod is { IsPublic: true } set && !IsInitOnly(set))
            .Select(pair => $"{pair.type.Name}.{pair.property.Name}")
            .ShouldBeEmpty();

    internal static string Root() => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private static bool IsInitOnly(System.Reflection.MethodInfo set) =>
        set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
}
